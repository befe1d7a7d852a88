using System.Collections.Concurrent;
using OviFunctions.Configuration;
using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.DevStack.Receiver;
using OviFunctions.DevStack.Simulators.Fal;

namespace OviFunctions.DevStack;

/// <summary>
/// Everything that the gateway needs around it on one machine: storage, chain, facilitators. Started by the demo and by
/// the end-to-end tests; ends with the process that started it, however that ends.
/// </summary>
internal sealed class DeveloperStack : IAsyncDisposable
{
    private readonly ConcurrentStack<IAsyncDisposable> _parts = new();
    private readonly PartHost _host;
    private readonly bool _deleteData;

    private DeveloperStack(PartHost host, bool deleteData)
    {
        _host = host;
        _deleteData = deleteData;
        _parts.Push(host.Watchdog);
    }

    /// <summary>What parts that are started later, such as a gateway, need.</summary>
    public PartHost Host => _host;

    public Azurite Azurite { get; private set; } = null!;

    /// <summary>Null when the stack runs without a chain.</summary>
    public Chain? Chain { get; private set; }

    public SimulatedProviders Providers { get; private set; } = null!;

    /// <summary>The first lane's provider.</summary>
    public FalSimulator Fal => Providers.Fal;

    /// <summary>The second lane's provider: another account at another fal.</summary>
    public FalSimulator SecondFal => Providers.SecondFal;

    /// <summary>The buyer's webhook receiver.</summary>
    public WebhookReceiver Receiver { get; private set; } = null!;

    public StackEndpoints Endpoints { get; private set; } = null!;

    /// <summary>Installs what is missing, checks the ports, starts the parts and waits until they work.</summary>
    /// <exception cref="StackException">Something is missing, busy or does not come up.</exception>
    public static async Task<DeveloperStack> StartAsync(StackOptions options, Timeline timeline, TimeProvider time, CancellationToken cancellationToken)
    {
        await InstallAsync(timeline, time, cancellationToken);
        options = options.ForThisPlatform(RepositoryFolders.Peers, timeline.Note);
        options.Ports.EnsureFree(NeededPorts(options));

        var dataFolder = options.DataFolder is { } chosen
            ? Directory.CreateDirectory(chosen)
            : Directory.CreateTempSubdirectory("ovifunctions-stack-");
        var host = new PartHost(options.Ports, RepositoryFolders.Peers, dataFolder.FullName, Watchdog.Start(RepositoryFolders.Peers), time);
        var stack = new DeveloperStack(host, deleteData: options.DataFolder is null);
        try
        {
            await stack.StartPartsAsync(options, timeline, cancellationToken);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Downloads what the stack's parts need, if it is not there yet.</summary>
    /// <exception cref="StackException">Node.js is missing or too old, or npm failed.</exception>
    public static Task InstallAsync(Timeline timeline, TimeProvider time, CancellationToken cancellationToken)
    {
        var installer = new PeerInstaller(RepositoryFolders.Peers, NodeTools.OnPath, time, timeline.Note);
        return timeline.StepAsync(() => installer.EnsureInstalledAsync(cancellationToken), "npm packages of the peers are in place");
    }

    /// <summary>Starts a gateway with a database of its own; the caller ends it, before the stack ends.</summary>
    /// <exception cref="StackException">Its port is busy, or it does not come up.</exception>
    public Task<GatewayProcess> StartGatewayAsync(GatewayOptions options, CancellationToken cancellationToken)
    {
        if (options.Port is null) _host.Ports.EnsureFree([PortName.Gateway]);
        var port = options.Port ?? _host.Ports[PortName.Gateway];
        var settings = new Dictionary<string, string>(GatewaySettings.For(options.Endpoints, Loopback.Url(port)))
        {
            ["EmbeddedHost__DatabasePath"] = Path.Combine(_host.DataFolder, $"gateway-{port}.db"),
        };
        foreach (var (name, value) in options.Settings) settings[name] = value;
        var command = (options.Command ?? GatewayProcess.OfThisBuild()) with { WorkingDirectory = NewGatewayFolder(port) };
        return GatewayProcess.StartAsync(_host, command, port, settings, cancellationToken, options.ReadyPath);
    }

    /// <summary>Starts one more x402 facilitator, with an account of its own; the caller ends it, before the stack ends.</summary>
    /// <param name="chainRpc">Where it finds the chain: <see cref="StackEndpoints.ChainRpc"/>, or a fault proxy in front of it.</param>
    /// <exception cref="StackException">It does not come up.</exception>
    public Task<Facilitator> StartFacilitatorAsync(Uri chainRpc, CancellationToken cancellationToken) =>
        Facilitator.StartAnotherAsync(_host, Chain!, chainRpc, cancellationToken);

    /// <summary>Ends the parts in reverse order and deletes a temporary data folder.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
        if (_deleteData) Directory.Delete(_host.DataFolder, recursive: true);
    }

    // With a local.settings.json of its own: the developer's, which the build puts beside the gateway, may name real accounts.
    private string NewGatewayFolder(int port)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_host.DataFolder, $"gateway-{port}")).FullName;
        File.WriteAllText(Path.Combine(folder, "local.settings.json"), """{ "Values": {} }""");
        return folder;
    }

    private async Task StartPartsAsync(StackOptions options, Timeline timeline, CancellationToken cancellationToken)
    {
        var storage = StartStorageAsync(timeline, cancellationToken);
        var chain = options.Chain ? StartChainAsync(options, timeline, cancellationToken) : Task.FromResult<(Chain, List<Uri>)?>(null);
        var providers = StartProvidersAsync(options, timeline, cancellationToken);
        await Task.WhenAll(storage, chain, providers);

        Azurite = await storage;
        (Providers, Receiver) = await providers;
        Endpoints = new StackEndpoints
        {
            StorageConnectionString = Azurite.ConnectionString,
            Providers = [.. Providers.All.Select(provider => provider.Account)],
            HedgeDelay = options.HedgeDelay,
            AllowedHosts = [.. Providers.All.Select(provider => provider.Simulator.Url.Authority), Receiver.Url.Authority],
        };
        if (await chain is not var (started, facilitators)) return;
        Chain = started;
        Endpoints = Endpoints with { Network = options.Network, ChainRpc = started.RpcUrl, Facilitators = facilitators };
    }

    private async Task<Azurite> StartStorageAsync(Timeline timeline, CancellationToken cancellationToken) => Add(await timeline.StepAsync(
        () => Azurite.StartAsync(_host, cancellationToken),
        started => $"Azurite: blobs on {started.BlobService}"));

    private async Task<(Chain Chain, List<Uri> Facilitators)?> StartChainAsync(StackOptions options, Timeline timeline, CancellationToken cancellationToken)
    {
        var chain = Add(await timeline.StepAsync(
            () => Chain.StartAsync(_host, options.Network, cancellationToken),
            started => $"Chain {started.Network.Id} ({started.Network.V1Name}) with USDC on {started.RpcUrl}"));
        var facilitator = Add(await timeline.StepAsync(
            () => Facilitator.StartAsync(_host, chain, cancellationToken),
            started => $"x402 facilitator on {started.Url}"));
        if (!options.LegacyFacilitator) return (chain, [facilitator.Url]);

        var legacy = Add(await timeline.StepAsync(
            () => Facilitator.StartLegacyAsync(_host, chain, cancellationToken),
            started => $"x402 v1 facilitator on {started.Url}"));
        return (chain, [facilitator.Url, legacy.Url]);
    }

    private async Task<(SimulatedProviders Providers, WebhookReceiver Receiver)> StartProvidersAsync(
        StackOptions options, Timeline timeline, CancellationToken cancellationToken)
    {
        var providers = Add(await SimulatedProviders.StartAsync(options, timeline, cancellationToken));
        var receiver = Add(await timeline.StepAsync(
            () => WebhookReceiver.StartAsync(_host.Ports[PortName.Receiver], _host.Time, cancellationToken),
            started => $"The buyer's webhook receiver on {started.Url}"));
        return (providers, receiver);
    }

    private T Add<T>(T part) where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }

    private static List<PortName> NeededPorts(StackOptions options)
    {
        List<PortName> needed = [PortName.Blob, PortName.Queue, PortName.Table, .. SimulatedProviders.NeededPorts(options), PortName.Receiver];
        if (options.Gateway) needed.Add(PortName.Gateway);
        if (options.Chain) needed.AddRange([PortName.Chain, PortName.Facilitator]);
        if (options is { Chain: true, LegacyFacilitator: true }) needed.Add(PortName.LegacyFacilitator);
        return needed;
    }
}
