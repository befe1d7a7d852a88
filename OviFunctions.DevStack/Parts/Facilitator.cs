using System.Globalization;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack.Parts;

/// <summary>A reference x402 facilitator on the local chain.</summary>
internal sealed class Facilitator : IAsyncDisposable
{
    private const string Script = "facilitator.mjs";

    private readonly ChildProcess _process;

    private Facilitator(ChildProcess process, Uri url, Wallet account)
    {
        _process = process;
        Url = url;
        Account = account;
    }

    /// <summary>Answers <c>/verify</c>, <c>/settle</c> and <c>/supported</c>.</summary>
    public Uri Url { get; }

    /// <summary>Pays its gas.</summary>
    public Wallet Account { get; }

    /// <summary>The one of today, for protocol versions 1 and 2.</summary>
    public static Task<Facilitator> StartAsync(PartHost host, Chain chain, CancellationToken cancellationToken) => StartAsync(
        host, chain.Network, "Facilitator", Script, host.Ports[PortName.Facilitator], DevAccounts.Facilitator, chain.RpcUrl, cancellationToken);

    /// <summary>One of the first generation, for protocol version 1 only.</summary>
    public static Task<Facilitator> StartLegacyAsync(PartHost host, Chain chain, CancellationToken cancellationToken) => StartAsync(
        host, chain.Network, "Legacy facilitator", "facilitator-legacy.mjs", host.Ports[PortName.LegacyFacilitator], DevAccounts.LegacyFacilitator,
        chain.RpcUrl, cancellationToken);

    /// <summary>One more of today's, on a free port, with an account of its own: two facilitators must not share a sequence of nonces.</summary>
    /// <param name="chainRpc">Where it finds the chain: the chain's own address, or a fault proxy's.</param>
    public static async Task<Facilitator> StartAnotherAsync(PartHost host, Chain chain, Uri chainRpc, CancellationToken cancellationToken)
    {
        var (account, port) = (Wallet.Create(), Ports.TakeFree());
        await chain.Rpc.AdoptAsync(account.Address, cancellationToken);
        return await StartAsync(host, chain.Network, $"Facilitator {port}", Script, port, account, chainRpc, cancellationToken);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<Facilitator> StartAsync(
        PartHost host, ChainNetwork network, string name, string script, int port, Wallet account, Uri chainRpc, CancellationToken cancellationToken)
    {
        var url = Loopback.Url(port);
        var spec = new ProcessSpec(name, "node", [Path.Combine(host.PeersFolder, script)])
        {
            Environment = new Dictionary<string, string?>
            {
                ["PORT"] = port.ToString(CultureInfo.InvariantCulture),
                ["CHAIN_ID"] = network.Id.ToString(CultureInfo.InvariantCulture),
                ["RPC_URL"] = chainRpc.ToString(),
                ["FACILITATOR_KEY"] = account.PrivateKey,
            },
        };
        var process = await host.StartAsync(spec, token => Loopback.AnswersWellAsync(new Uri(url, "supported"), token), cancellationToken);
        return new Facilitator(process, url, account);
    }
}
