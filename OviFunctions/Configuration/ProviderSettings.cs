namespace OviFunctions.Configuration;

/// <summary>The protocols that providers speak.</summary>
public enum ProviderType
{
    /// <summary>fal.ai's queue API.</summary>
    Fal,

    /// <summary>The OpenAI Videos protocol, at any server that speaks it.</summary>
    OpenAiVideos,
}

/// <summary>When a job's attempt at a provider begins.</summary>
public enum LaneStart
{
    /// <summary>With the job.</summary>
    AtOnce,

    /// <summary>When nobody has delivered after a delay.</summary>
    AfterDelay,

    /// <summary>When an attempt before it has failed.</summary>
    AfterFailure,
}

/// <summary>One account at a video provider, and when a job is sent there.</summary>
public sealed class ProviderSettings : ISettingRules
{
    [Setting("The account's name: lower-case letters, digits and hyphens.", Required = true, Example = "fal")]
    public string Name { get; set; } = "";

    [Setting("The provider's protocol: Fal or OpenAiVideos.")]
    public ProviderType Type { get; set; } = ProviderType.Fal;

    [Setting("The account's key.", Required = true, Secret = true)]
    public string ApiKey { get; set; } = "";

    [Setting("Base URL of the provider's API; the vendor's own when not set. OpenAiVideos has none: OpenAI's own service has ended.")]
    public Uri? BaseUrl { get; set; }

    [Setting("Where the provider publishes the keys that sign its callbacks; the vendor's own when not set.")]
    public Uri? JwksUrl { get; set; }

    [Setting("The user id in the provider's callbacks; callbacks for other users are refused when it is set.")]
    public string? WebhookUserId { get; set; }

    [Setting("The secret that signs the callbacks of an OpenAiVideos account's project; without it none are taken.", Secret = true, Example = "whsec_...")]
    public string? WebhookSecret { get; set; }

    [Setting("When a job is sent there: AtOnce, AfterDelay or AfterFailure.")]
    public LaneStart Start { get; set; } = LaneStart.AfterFailure;

    [Setting("For AfterDelay: seconds to wait for the attempts before it.", Min = 0, Max = 3600)]
    public double DelaySeconds { get; set; } = 60;

    [Setting("What one video costs there, in dollars; for the ledger and the spending limit.", Min = 0, Max = 1000)]
    public decimal CostUsd { get; set; } = 0.20m;

    [Setting("For OpenAiVideos: what the server makes; sora-2 and sora-2-pro under these names when there is no entry.")]
    public List<ProviderModelSettings> Models { get; set; } = [];

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (Type == ProviderType.OpenAiVideos && BaseUrl is null)
            yield return new(path + "BaseUrl", "is missing. A server of the OpenAI Videos protocol has to be named, for example https://videos.example.com/v1: OpenAI's own has ended.");
        if (Type == ProviderType.OpenAiVideos && WebhookSecret is not null && !Webhooks.WebhookSecret.TryParse(WebhookSecret, out _))
            yield return new(path + "WebhookSecret", "is no secret of Standard Webhooks; it should be whsec_ and the base64 of 24 to 64 bytes, as the project's settings show it.");
        if (Type == ProviderType.Fal && WebhookSecret is not null)
            yield return new(path + "WebhookSecret", "A Fal account has no webhook secret; remove the setting.");
        if (Type != ProviderType.OpenAiVideos && Models.Count > 0)
            yield return new(path + "Models", $"is for OpenAiVideos; a {Type} account has its models by itself. Remove the setting.");
        if (Name.Length > 32 || !Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            yield return new(path + "Name", $"\"{Name}\" is not a provider name: at most 32 lower-case letters, digits and hyphens.");
        if (IsPlainHttp(BaseUrl))
            yield return new(path + "BaseUrl", $"\"{BaseUrl}\" is plain http; it should be https, because the account's key travels over it.");
        if (IsPlainHttp(JwksUrl))
            yield return new(path + "JwksUrl", $"\"{JwksUrl}\" is plain http; it should be https, or anybody on the way could sign callbacks.");

        static bool IsPlainHttp(Uri? url) => url is not null && url.Scheme != Uri.UriSchemeHttps && !OviSettings.IsLoopbackHost(url);
    }
}
