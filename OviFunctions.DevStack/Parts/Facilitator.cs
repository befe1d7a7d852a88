using System.Globalization;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack.Parts;

/// <summary>A reference x402 facilitator on the local chain.</summary>
internal sealed class Facilitator : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private Facilitator(ChildProcess process, Uri url)
    {
        _process = process;
        Url = url;
    }

    /// <summary>Answers <c>/verify</c>, <c>/settle</c> and <c>/supported</c>.</summary>
    public Uri Url { get; }

    /// <summary>The one of today, for protocol versions 1 and 2.</summary>
    public static Task<Facilitator> StartAsync(PartHost host, Chain chain, CancellationToken cancellationToken) =>
        StartAsync(host, chain, "Facilitator", "facilitator.mjs", PortName.Facilitator, DevAccounts.Facilitator, cancellationToken);

    /// <summary>One of the first generation, for protocol version 1 only.</summary>
    public static Task<Facilitator> StartLegacyAsync(PartHost host, Chain chain, CancellationToken cancellationToken) =>
        StartAsync(host, chain, "Legacy facilitator", "facilitator-legacy.mjs", PortName.LegacyFacilitator, DevAccounts.LegacyFacilitator, cancellationToken);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<Facilitator> StartAsync(PartHost host, Chain chain, string name, string script, PortName portName, Wallet account, CancellationToken cancellationToken)
    {
        var port = host.Ports[portName];
        var url = Loopback.Url(port);
        var spec = new ProcessSpec(name, "node", [Path.Combine(host.PeersFolder, script)])
        {
            Environment = new Dictionary<string, string?>
            {
                ["PORT"] = port.ToString(CultureInfo.InvariantCulture),
                ["CHAIN_ID"] = chain.Network.Id.ToString(CultureInfo.InvariantCulture),
                ["RPC_URL"] = chain.RpcUrl.ToString(),
                ["FACILITATOR_KEY"] = account.PrivateKey,
            },
        };
        var process = await host.StartAsync(spec, token => Loopback.AnswersWellAsync(new Uri(url, "supported"), token), cancellationToken);
        return new Facilitator(process, url);
    }
}
