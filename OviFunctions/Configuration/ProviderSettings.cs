namespace OviFunctions.Configuration;

/// <summary>The protocols that providers speak.</summary>
public enum ProviderType
{
    /// <summary>fal.ai's queue API.</summary>
    Fal,
}

/// <summary>One account at a video provider.</summary>
public sealed class ProviderSettings : ISettingRules
{
    [Setting("The account's name: lower-case letters, digits and hyphens.", Required = true, Example = "fal")]
    public string Name { get; set; } = "";

    [Setting("The provider's protocol: Fal.")]
    public ProviderType Type { get; set; } = ProviderType.Fal;

    [Setting("The account's key.", Required = true, Secret = true)]
    public string ApiKey { get; set; } = "";

    [Setting("Base URL of the provider's API; the vendor's own when not set.")]
    public Uri? BaseUrl { get; set; }

    [Setting("Where the provider publishes the keys that sign its callbacks; the vendor's own when not set.")]
    public Uri? JwksUrl { get; set; }

    [Setting("The user id in the provider's callbacks; callbacks for other users are refused when it is set.")]
    public string? WebhookUserId { get; set; }

    [Setting("The account's place among those that would take a job: lower comes first, equal ones by health, then by price.", Min = -1000, Max = 1000)]
    public int Priority { get; set; }

    [Setting("What one video costs there, in dollars; for the ledger and the spending limit.", Min = 0, Max = 1000)]
    public decimal CostUsd { get; set; } = 0.20m;

    [Setting("How many jobs may be there at once, over all machines; the others wait their turn. No limit when not set.", Min = 1, Max = 10000)]
    public int? MaxConcurrent { get; set; }

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (Name.Length > 32 || !Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            yield return new(path + "Name", $"\"{Name}\" is not a provider name: at most 32 lower-case letters, digits and hyphens.");
        if (IsPlainHttp(BaseUrl))
            yield return new(path + "BaseUrl", $"\"{BaseUrl}\" is plain http; it should be https, because the account's key travels over it.");
        if (IsPlainHttp(JwksUrl))
            yield return new(path + "JwksUrl", $"\"{JwksUrl}\" is plain http; it should be https, or anybody on the way could sign callbacks.");

        static bool IsPlainHttp(Uri? url) => url is not null && url.Scheme != Uri.UriSchemeHttps && !OviSettings.IsLoopbackHost(url);
    }
}
