using OviFunctions.Configuration;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.DevStack.Simulators.OpenAiVideos;
using OviFunctions.DevStack.Simulators.Segmind;
using OviFunctions.DevStack.Simulators.WaveSpeed;

namespace OviFunctions.DevStack;

/// <summary>One account at a simulated provider.</summary>
/// <param name="Name">The account's name.</param>
/// <param name="Type">The provider's protocol, as the gateway's settings name it.</param>
/// <param name="Url">The base URL of its API.</param>
/// <param name="Key">The account's key.</param>
internal sealed record ProviderEndpoint(string Name, string Type, Uri Url, string Key)
{
    /// <summary>An account at fal.</summary>
    public ProviderEndpoint(string name, Uri queueUrl, Uri jwksUrl, string key, string webhookUserId)
        : this(name, nameof(ProviderType.Fal), queueUrl, key) => Extra = new Dictionary<string, string>
        {
            ["__JwksUrl"] = jwksUrl.ToString(),
            ["__WebhookUserId"] = webhookUserId,
        };

    /// <summary>Settings that only this type has, by the ends of their environment names.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = new Dictionary<string, string>();

    /// <summary>Its settings by the ends of their environment names.</summary>
    public IReadOnlyDictionary<string, string> Settings
    {
        get
        {
            var settings = new Dictionary<string, string>
            {
                ["__Name"] = Name,
                ["__Type"] = Type,
                ["__ApiKey"] = Key,
                ["__BaseUrl"] = Url.ToString(),
            };
            foreach (var (name, value) in Extra) settings[name] = value;
            return settings;
        }
    }

    public static ProviderEndpoint Of(string name, FalSimulator fal) => new(name, fal.Url, fal.JwksUrl, fal.Options.Key, fal.Options.UserId);

    public static ProviderEndpoint Of(string name, OpenAiVideosSimulator videos) =>
        new(name, nameof(ProviderType.OpenAiVideos), videos.BaseUrl, videos.Options.Key)
        {
            Extra = new Dictionary<string, string> { ["__WebhookSecret"] = videos.Options.WebhookSecret },
        };

    public static ProviderEndpoint Of(string name, SegmindSimulator segmind) => new(name, nameof(ProviderType.Segmind), segmind.Url, segmind.Options.Key);

    public static ProviderEndpoint Of(string name, WaveSpeedSimulator waveSpeed) =>
        new(name, nameof(ProviderType.WaveSpeed), waveSpeed.BaseUrl, waveSpeed.Options.Key)
        {
            Extra = new Dictionary<string, string> { ["__WebhookSecret"] = waveSpeed.Options.WebhookSecret },
        };
}
