using System.Globalization;
using System.Runtime.InteropServices;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack.Parts;

/// <summary>A local chain (anvil) with USDC and Multicall3 where the real chain of this id has them.</summary>
internal sealed class Chain : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private Chain(ChildProcess process, ChainNetwork network, Uri rpcUrl, ChainRpc rpc)
    {
        _process = process;
        Network = network;
        RpcUrl = rpcUrl;
        Rpc = rpc;
    }

    public ChainNetwork Network { get; }

    public Uri RpcUrl { get; }

    public ChainRpc Rpc { get; }

    /// <summary>The chain's executable, or null where npm has none for this platform.</summary>
    public static string? FindExecutable(string peersFolder)
    {
        var (os, extension) = OperatingSystem.IsWindows() ? ("win32", ".exe") : OperatingSystem.IsMacOS() ? ("darwin", "") : ("linux", "");
        var architecture = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "amd64",
            Architecture.Arm64 => "arm64",
            var other => other.ToString(),
        };
        var path = Path.Combine(peersFolder, "node_modules", "@foundry-rs", $"anvil-{os}-{architecture}", "bin", "anvil" + extension);
        return File.Exists(path) ? path : null;
    }

    /// <exception cref="StackException">There is no executable for this platform, or it does not come up.</exception>
    public static async Task<Chain> StartAsync(PartHost host, ChainNetwork network, CancellationToken cancellationToken)
    {
        var executable = FindExecutable(host.PeersFolder)
            ?? throw new StackException($"There is no anvil for {RuntimeInformation.RuntimeIdentifier} in the npm packages, so there is no local chain here.");
        var port = host.Ports[PortName.Chain];
        var spec = new ProcessSpec("Chain", executable,
        [
            "--host", Loopback.Host, "--port", $"{port}", "--silent",
            "--chain-id", $"{network.Id}", "--init", Path.Combine(host.PeersFolder, "genesis", $"{network.Id}.json"),
            // The genesis file's time counts otherwise, and every block would lie in 1970.
            "--timestamp", host.Time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            // A transaction is mined at once, and an idle chain still moves: calls are simulated at the last block's time.
            "--block-time", "2", "--mixed-mining",
            // "safe" and "finalized" follow the head closely.
            "--slots-in-an-epoch", "1",
        ]);
        var url = Loopback.Url(port);
        var rpc = new ChainRpc(url, network);
        var process = await host.StartAsync(spec, rpc.IsUpAsync, cancellationToken);
        // Until there is a second block, calls are simulated at the genesis file's time, when no authorization is valid yet.
        await rpc.MineAsync(1, TimeSpan.FromSeconds(1), cancellationToken);
        return new Chain(process, network, url, rpc);
    }

    public async ValueTask DisposeAsync()
    {
        Rpc.Dispose();
        await _process.DisposeAsync();
    }
}
