using System.Globalization;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.Tests.EndToEnd.Money;

/// <summary>A shop on <c>@x402/express</c>, the reference server, that sells videos for $0.42 to the same merchant as the gateway.</summary>
internal sealed class ReferenceSeller : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private ReferenceSeller(ChildProcess process, Uri url)
    {
        _process = process;
        Url = url;
    }

    /// <summary>Where videos are bought.</summary>
    public Uri Url { get; }

    /// <param name="facilitator">Where it finds its facilitator.</param>
    /// <param name="timeout">How long it waits for it.</param>
    public static async Task<ReferenceSeller> StartAsync(DeveloperStack stack, Uri facilitator, TimeSpan timeout)
    {
        var port = Ports.TakeFree();
        var spec = new ProcessSpec($"Seller {port}", "node", [Path.Combine(stack.Host.PeersFolder, "seller.mjs")])
        {
            Environment = new Dictionary<string, string?>
            {
                ["PORT"] = port.ToString(CultureInfo.InvariantCulture),
                ["CHAIN_ID"] = stack.Chain!.Network.Id.ToString(CultureInfo.InvariantCulture),
                ["FACILITATOR_URL"] = facilitator.AbsoluteUri,
                ["PAY_TO"] = DevAccounts.Merchant.Address,
                ["TIMEOUT_MS"] = timeout.TotalMilliseconds.ToString(CultureInfo.InvariantCulture),
            },
        };
        var process = await stack.Host.StartAsync(
            spec, token => Loopback.AnswersWellAsync(Loopback.Url(port, "/ready"), token), CancellationToken.None);
        return new ReferenceSeller(process, Loopback.Url(port, "/videos"));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
