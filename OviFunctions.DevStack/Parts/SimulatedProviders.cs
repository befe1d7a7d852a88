using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Processes;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.DevStack.Simulators.OpenAiVideos;
using OviFunctions.DevStack.Simulators.Segmind;
using OviFunctions.DevStack.Simulators.WaveSpeed;

namespace OviFunctions.DevStack.Parts;

/// <summary>The providers of a stack, and the gateway's accounts there.</summary>
internal sealed class SimulatedProviders : IAsyncDisposable
{
    private const string VideosAccount = "videos";
    private readonly List<(ProviderEndpoint Account, IProviderSimulator Simulator)> _all = [];

    private SimulatedProviders()
    {
    }

    /// <summary>The first account's.</summary>
    public FalSimulator Fal { get; private set; } = null!;

    /// <summary>The second account's: another fal.</summary>
    public FalSimulator SecondFal { get; private set; } = null!;

    public OpenAiVideosSimulator Videos { get; private set; } = null!;

    /// <summary>Null when it was not asked for.</summary>
    public WaveSpeedSimulator? WaveSpeed { get; private set; }

    /// <summary>Null when it was not asked for.</summary>
    public SegmindSimulator? Segmind { get; private set; }

    /// <summary>All of them, in the order of the gateway's settings.</summary>
    public IReadOnlyList<(ProviderEndpoint Account, IProviderSimulator Simulator)> All => _all;

    /// <summary>Their ports.</summary>
    public static IEnumerable<PortName> NeededPorts(StackOptions options)
    {
        yield return PortName.Fal;
        yield return PortName.SecondFal;
        yield return PortName.Videos;
        if (options.WaveSpeed is not null) yield return PortName.WaveSpeed;
        if (options.Segmind is not null) yield return PortName.Segmind;
    }

    public static async Task<SimulatedProviders> StartAsync(StackOptions options, Timeline timeline, CancellationToken cancellationToken)
    {
        var providers = new SimulatedProviders();
        try
        {
            await providers.StartPartsAsync(options, timeline, cancellationToken);
            return providers;
        }
        catch
        {
            await providers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, simulator) in _all) await simulator.DisposeAsync();
    }

    private async Task StartPartsAsync(StackOptions options, Timeline timeline, CancellationToken cancellationToken)
    {
        var ports = options.Ports;
        Fal = Add(
            await timeline.StepAsync(
                () => FalSimulator.StartAsync(options.Fal with { Port = ports[PortName.Fal] }, cancellationToken),
                started => $"Simulated fal on {started.Url}"),
            fal => ProviderEndpoint.Of("fal", fal));
        SecondFal = Add(
            await timeline.StepAsync(
                () => FalSimulator.StartAsync(options.SecondFal with { Port = ports[PortName.SecondFal] }, cancellationToken),
                started => $"A second one on {started.Url}"),
            fal => ProviderEndpoint.Of("fal-2", fal));
        Videos = Add(
            await timeline.StepAsync(
                () => OpenAiVideosSimulator.StartAsync(
                    options.Videos with
                    {
                        Port = ports[PortName.Videos],
                        WebhookUrl = options.Videos.WebhookUrl ?? Loopback.Url(ports[PortName.Gateway], $"/v1/callbacks/{VideosAccount}"),
                    },
                    cancellationToken),
                started => $"Simulated OpenAI Videos on {started.BaseUrl}"),
            videos => ProviderEndpoint.Of(VideosAccount, videos));
        if (options.WaveSpeed is { } waveSpeed)
        {
            WaveSpeed = Add(
                await timeline.StepAsync(
                    () => WaveSpeedSimulator.StartAsync(waveSpeed with { Port = ports[PortName.WaveSpeed] }, cancellationToken),
                    started => $"Simulated WaveSpeed on {started.Url}"),
                started => ProviderEndpoint.Of("wavespeed", started));
        }

        if (options.Segmind is { } segmind)
        {
            Segmind = Add(
                await timeline.StepAsync(
                    () => SegmindSimulator.StartAsync(segmind with { Port = ports[PortName.Segmind] }, cancellationToken),
                    started => $"Simulated Segmind on {started.Url}"),
                started => ProviderEndpoint.Of("segmind", started));
        }
    }

    private T Add<T>(T simulator, Func<T, ProviderEndpoint> accountAt)
        where T : IProviderSimulator
    {
        _all.Add((accountAt(simulator), simulator));
        return simulator;
    }
}
