namespace OviFunctions.Providers.WaveSpeed;

/// <summary>One account at WaveSpeedAI.</summary>
public sealed class WaveSpeedOptions
{
    /// <summary>The account's name among all providers; unique, lower case.</summary>
    public string Name { get; set; } = "wavespeed";

    /// <summary>The key. It is only ever sent to the host of <see cref="BaseUrl"/>.</summary>
    public string Key { get; set; } = "";

    /// <summary>The API.</summary>
    /// <value>The default value is <c>https://api.wavespeed.ai/api/v3</c>.</value>
    public Uri BaseUrl { get; set; } = new("https://api.wavespeed.ai/api/v3");

    /// <summary>
    /// The secret that signs the account's webhooks, <c>whsec_...</c>, as <c>GET /webhook/secret</c> tells it. Without it no
    /// callback could be believed, so none is asked for.
    /// </summary>
    public string? WebhookSecret { get; set; }

    /// <summary>WaveSpeed's name of each of our models.</summary>
    public IDictionary<string, string> Models { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ovi/image-to-video"] = "character-ai/ovi/image-to-video",
        ["ovi/text-to-video"] = "character-ai/ovi/text-to-video",
    };

    /// <summary>What one video costs, in dollars.</summary>
    /// <value>The default value is 0.15, WaveSpeed's published price.</value>
    public decimal CostUsd { get; set; } = 0.15m;

    /// <summary>How long a submit may take before its outcome counts as unknown.</summary>
    /// <value>The default value is 30 seconds.</value>
    public TimeSpan SubmitTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long any other call may take.</summary>
    /// <value>The default value is 15 seconds.</value>
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(15);
}
