using OviFunctions.Configuration;

namespace OviFunctions.Providers.Segmind;

/// <summary>One account at Segmind.</summary>
public sealed class SegmindOptions
{
    /// <summary>The account's name among all providers; unique, lower case.</summary>
    public string Name { get; set; } = "segmind";

    /// <summary>The key, <c>SG_...</c>. It is only ever sent to the host of <see cref="BaseUrl"/>.</summary>
    public string Key { get; set; } = "";

    /// <summary>The API, without the version.</summary>
    /// <value>The default value is <c>https://api.segmind.com</c>.</value>
    public Uri BaseUrl { get; set; } = new("https://api.segmind.com");

    /// <summary>The contract under which jobs are sent.</summary>
    public SegmindVersion Version { get; set; } = SegmindVersion.V2;

    /// <summary>Segmind's name of each of our models.</summary>
    public IDictionary<string, string> Models { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ovi/image-to-video"] = "ovi-i2v",
    };

    /// <summary>What one video costs, in dollars.</summary>
    /// <value>The default value is 0.25, Segmind's published price.</value>
    public decimal CostUsd { get; set; } = 0.25m;

    /// <summary>How long a submit of version 2 may take before its outcome counts as unknown.</summary>
    /// <value>The default value is 30 seconds.</value>
    public TimeSpan SubmitTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the one call of version 1 may take, the video's last byte included. A video takes about 42 seconds; host.json
    /// gives a function 10 minutes.
    /// </summary>
    /// <value>The default value is 6 minutes.</value>
    public TimeSpan GenerationTimeout { get; set; } = TimeSpan.FromMinutes(6);

    /// <summary>How long any other call may take.</summary>
    /// <value>The default value is 15 seconds.</value>
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(15);
}
