using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack;

/// <summary>
/// Everything that the gateway needs around it on one machine: storage, chain, facilitators. Started by the demo and by
/// the end-to-end tests; ends with the process that started it, however that ends.
/// </summary>
internal sealed class DeveloperStack : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = new();
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

    public StackEndpoints Endpoints { get; private set; } = null!;

    /// <summary>Installs what is missing, checks the ports, starts the parts and waits until they work.</summary>
    /// <exception cref="StackException">Something is missing, busy or does not come up.</exception>
    public static async Task<DeveloperStack> StartAsync(StackOptions options, Timeline timeline, TimeProvider time, CancellationToken cancellationToken)
    {
        var installer = new PeerInstaller(RepositoryFolders.Peers, NodeTools.OnPath, time, timeline.Note);
        await timeline.StepAsync(() => installer.EnsureInstalledAsync(cancellationToken), "npm packages of the peers are in place");
        options.Ports.EnsureFree(NeededPorts(options));

        var dataFolder = options.DataFolder is { } chosen
            ? Directory.CreateDirectory(chosen)
            : Directory.CreateTempSubdirectory("ovifunctions-");
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

    /// <summary>Ends the parts in reverse order and deletes a temporary data folder.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
        if (_deleteData) Directory.Delete(_host.DataFolder, recursive: true);
    }

    private async Task StartPartsAsync(StackOptions options, Timeline timeline, CancellationToken cancellationToken)
    {
        Azurite = Add(await timeline.StepAsync(
            () => Azurite.StartAsync(_host, cancellationToken),
            azurite => $"Azurite: blobs on {azurite.BlobService}"));
        Endpoints = new StackEndpoints { StorageConnectionString = Azurite.ConnectionString };
        if (!options.Chain) return;

        Chain = Add(await timeline.StepAsync(
            () => Chain.StartAsync(_host, options.Network, cancellationToken),
            chain => $"Chain {chain.Network.Id} ({chain.Network.V1Name}) with USDC on {chain.RpcUrl}"));
        var facilitators = new List<Uri>();
        var facilitator = Add(await timeline.StepAsync(
            () => Facilitator.StartAsync(_host, Chain, cancellationToken),
            started => $"x402 facilitator on {started.Url}"));
        facilitators.Add(facilitator.Url);
        if (options.LegacyFacilitator)
        {
            var legacy = Add(await timeline.StepAsync(
                () => Facilitator.StartLegacyAsync(_host, Chain, cancellationToken),
                started => $"x402 v1 facilitator on {started.Url}"));
            facilitators.Add(legacy.Url);
        }
        Endpoints = Endpoints with { Network = options.Network, ChainRpc = Chain.RpcUrl, Facilitators = facilitators };
    }

    private T Add<T>(T part) where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }

    private static List<PortName> NeededPorts(StackOptions options)
    {
        List<PortName> needed = [PortName.Blob, PortName.Queue, PortName.Table];
        if (options.Chain) needed.AddRange([PortName.Chain, PortName.Facilitator]);
        if (options is { Chain: true, LegacyFacilitator: true }) needed.Add(PortName.LegacyFacilitator);
        return needed;
    }
}
