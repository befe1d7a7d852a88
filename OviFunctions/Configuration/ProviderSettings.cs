namespace OviFunctions.Configuration;

/// <summary>The protocols that providers speak.</summary>
public enum ProviderType
{
    /// <summary>fal.ai's queue API.</summary>
    Fal,

    /// <summary>WaveSpeedAI's prediction API.</summary>
    WaveSpeed,

    /// <summary>Segmind's serverless API.</summary>
    Segmind,

    /// <summary>The OpenAI Videos protocol, at any server that speaks it.</summary>
    OpenAiVideos,
}

/// <summary>Which of Segmind's two contracts a job is sent under.</summary>
public enum SegmindVersion
{
    /// <summary>One call that answers with the video.</summary>
    V1,

    /// <summary>Submit, poll, fetch.</summary>
    V2,
}

/// <summary>One account at a video provider.</summary>
public sealed class ProviderSettings : ISettingRules
{
    [Setting("The account's name: lower-case letters, digits and hyphens.", Required = true, Example = "fal")]
    public string Name { get; set; } = "";

    [Setting("The provider's protocol: Fal, WaveSpeed, Segmind or OpenAiVideos.")]
    public ProviderType Type { get; set; } = ProviderType.Fal;

    [Setting("The account's key.", Required = true, Secret = true)]
    public string ApiKey { get; set; } = "";

    [Setting("Base URL of the provider's API; the vendor's own when not set. OpenAiVideos has none: OpenAI's own service has ended.")]
    public Uri? BaseUrl { get; set; }

    [Setting("Where the provider publishes the keys that sign its callbacks; the vendor's own when not set.")]
    public Uri? JwksUrl { get; set; }

    [Setting("The user id in the provider's callbacks; callbacks for other users are refused when it is set.")]
    public string? WebhookUserId { get; set; }

    [Setting("The secret that signs a WaveSpeed account's callbacks; without it none are asked for.", Secret = true, Example = "whsec_...")]
    public string? WebhookSecret { get; set; }

    [Setting("For Segmind: V2 submits and polls, V1 waits for the video in one call.")]
    public SegmindVersion SegmindVersion { get; set; } = SegmindVersion.V2;

    [Setting("The account's place among those that would take a job: lower comes first, equal ones by health, then by price.", Min = -1000, Max = 1000)]
    public int Priority { get; set; }

    [Setting("What one video costs there, in dollars; the vendor's published price when not set.", Min = 0, Max = 1000)]
    public decimal? CostUsd { get; set; }

    [Setting("For OpenAiVideos: what the server makes; sora-2 and sora-2-pro under these names when there is no entry.")]
    public List<ProviderModelSettings> Models { get; set; } = [];

    [Setting("How many jobs may be there at once, over all machines; the others wait their turn. No limit when not set.", Min = 1, Max = 10000)]
    public int? MaxConcurrent { get; set; }

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (Type == ProviderType.OpenAiVideos && BaseUrl is null)
            yield return new(path + "BaseUrl", "is missing. A server of the OpenAI Videos protocol has to be named, for example https://videos.example.com/v1: OpenAI's own has ended.");
        if (Type != ProviderType.OpenAiVideos && Models.Count > 0)
            yield return new(path + "Models", $"is for OpenAiVideos; a {Type} account has its models by itself. Remove the setting.");
        if (Name.Length > 32 || !Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            yield return new(path + "Name", $"\"{Name}\" is not a provider name: at most 32 lower-case letters, digits and hyphens.");
        if (IsPlainHttp(BaseUrl))
            yield return new(path + "BaseUrl", $"\"{BaseUrl}\" is plain http; it should be https, because the account's key travels over it.");
        if (IsPlainHttp(JwksUrl))
            yield return new(path + "JwksUrl", $"\"{JwksUrl}\" is plain http; it should be https, or anybody on the way could sign callbacks.");
        if (WebhookSecret is not null && Type != ProviderType.WaveSpeed)
            yield return new(path + "WebhookSecret", $"A {Type} account has no webhook secret; remove the setting.");
        if (CostUsd is not null && Type == ProviderType.OpenAiVideos)
            yield return new(path + "CostUsd", "is for providers whose videos all cost the same; set Models:0:CostUsdPerSecond instead.");
        if (SegmindVersion != SegmindVersion.V2 && Type != ProviderType.Segmind)
            yield return new(path + "SegmindVersion", $"A {Type} account has no Segmind version; remove the setting.");

        static bool IsPlainHttp(Uri? url) => url is not null && url.Scheme != Uri.UriSchemeHttps && !OviSettings.IsLoopbackHost(url);
    }
}
