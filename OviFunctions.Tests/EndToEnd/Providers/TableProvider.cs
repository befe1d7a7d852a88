using System.Text.Json.Nodes;
using OviFunctions.Configuration;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.DevStack.Simulators.OpenAiVideos;
using OviFunctions.DevStack.Simulators.Segmind;
using OviFunctions.DevStack.Simulators.WaveSpeed;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd.Providers;

/// <summary>A simulated account, and the gateway's settings for it by the ends of their names.</summary>
/// <param name="Simulator">What plays the provider.</param>
/// <param name="CostUsd">What each job that it takes costs.</param>
/// <param name="Settings">Everything but its name and place.</param>
internal sealed record TableAccount(IProviderSimulator Simulator, decimal CostUsd, IReadOnlyDictionary<string, string> Settings)
{
    public static async Task<TableAccount> FalAsync()
    {
        var fal = await FalSimulator.StartAsync(new FalSimulatorOptions { RenderClips = false });
        return new TableAccount(fal, 0.20m, new Dictionary<string, string>
        {
            ["Type"] = "Fal",
            ["ApiKey"] = fal.Options.Key,
            ["BaseUrl"] = fal.Url.ToString(),
            ["JwksUrl"] = fal.JwksUrl.ToString(),
            ["WebhookUserId"] = fal.Options.UserId,
        });
    }

    public static async Task<TableAccount> WaveSpeedAsync()
    {
        var waveSpeed = await WaveSpeedSimulator.StartAsync(new WaveSpeedSimulatorOptions { RenderClips = false });
        return new TableAccount(waveSpeed, 0.15m, new Dictionary<string, string>
        {
            ["Type"] = "WaveSpeed",
            ["ApiKey"] = waveSpeed.Options.Key,
            ["BaseUrl"] = waveSpeed.BaseUrl.ToString(),
            ["WebhookSecret"] = waveSpeed.Options.WebhookSecret,
        });
    }

    public static async Task<TableAccount> SegmindAsync(SegmindVersion version)
    {
        var segmind = await SegmindSimulator.StartAsync(new SegmindSimulatorOptions { RenderClips = false });
        return new TableAccount(segmind, 0.25m, new Dictionary<string, string>
        {
            ["Type"] = "Segmind",
            ["ApiKey"] = segmind.Options.Key,
            ["BaseUrl"] = segmind.Url.ToString(),
            ["SegmindVersion"] = version.ToString(),
        });
    }

    /// <summary>Four seconds of Sora 2, at the price that OpenAI had published.</summary>
    public static async Task<TableAccount> OpenAiVideosAsync()
    {
        var videos = await OpenAiVideosSimulator.StartAsync(new OpenAiVideosSimulatorOptions { RenderClips = false });
        return new TableAccount(videos, 0.40m, new Dictionary<string, string>
        {
            ["Type"] = "OpenAiVideos",
            ["ApiKey"] = videos.Options.Key,
            ["BaseUrl"] = videos.BaseUrl.ToString(),
        });
    }
}

/// <summary>A column of the fault table in docs/providers.md: a provider, and one behind it that works.</summary>
/// <param name="Name">As it stands there.</param>
/// <param name="StartAsync">Starts the provider.</param>
internal sealed record TableProvider(string Name, Func<Task<TableAccount>> StartAsync)
{
    /// <summary>Starts the one behind it.</summary>
    public Func<Task<TableAccount>> StartNextAsync { get; init; } = TableAccount.FalAsync;

    /// <summary>Where its model is ordered.</summary>
    public string Route { get; init; } = Shop.JobsPath;

    /// <summary>An order with a prompt.</summary>
    public Func<string, JsonObject> BodyOf { get; init; } = prompt => OrderBody.For(prompt);

    /// <summary>Which faults it cannot have: the table has a dash there.</summary>
    public Func<TableFault, bool> Lacks { get; init; } = _ => false;

    /// <summary>The columns in their order.</summary>
    public static IReadOnlyList<TableProvider> All { get; } =
    [
        new("fal", TableAccount.FalAsync),
        new("WaveSpeed", TableAccount.WaveSpeedAsync),
        new("Segmind v1", () => TableAccount.SegmindAsync(SegmindVersion.V1))
        {
            // One call: nothing is asked afterwards, and the file comes in its answer.
            Lacks = fault => fault.IsOfWebhook || fault.IsEndless
                || (fault.IsOfResult && fault.Fault.Media is not (MediaFault.Truncated or MediaFault.Html or MediaFault.TooLarge)),
        },
        new("Segmind v2", () => TableAccount.SegmindAsync(SegmindVersion.V2)) { Lacks = fault => fault.IsOfWebhook },
        new("OpenAI Videos", TableAccount.OpenAiVideosAsync)
        {
            StartNextAsync = TableAccount.OpenAiVideosAsync,
            Route = "/v1/videos/sora-2/jobs",
            BodyOf = prompt => new JsonObject { ["prompt"] = prompt },
            // A video has no URL: it is read through the API.
            Lacks = fault => fault.IsOfWebhook || fault.Fault.Media == MediaFault.ForeignHost,
        },
    ];
}
