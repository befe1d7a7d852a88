using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Payments;

namespace OviFunctions.Composition;

/// <summary>
/// Says at start where the money goes, so that a wrong address is seen before the first sale, and which prices clients do not pay
/// unless they are told to.
/// </summary>
internal sealed partial class SalesNotice(Till till, VideoModels models, ILogger<SalesNotice> logger) : IHostedService
{
    /// <summary>What the reference clients pay at most for one request if nobody tells them otherwise, in atomic units of USDC.</summary>
    private static readonly (string Client, long Atomic)[] DefaultCaps =
    [
        ("@x402/fetch 2.27 (version 2)", 1_000_000),
        ("x402-fetch 1.2 (version 1) and Nethereum.X402", 100_000),
    ];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Selling(logger, till.PayTo.ToChecksumString(), till.Network.V1Name);
        foreach (var model in models.All)
        {
            foreach (var (client, cap) in DefaultCaps.Where(cap => model.HighestPriceAtomic > cap.Atomic))
                AboveCap(logger, model.Name, Usdc.FromAtomic(model.PriceAtomic(request: null)), Usdc.FromAtomic(model.HighestPriceAtomic), client, Usdc.FromAtomic(cap));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1402, LogLevel.Information,
        "Payments go to {PayTo} on {Network}. That address must belong to this store alone: payments to it are matched with this store's orders.")]
    private static partial void Selling(ILogger logger, string payTo, string network);

    [LoggerMessage(1403, LogLevel.Information,
        "{Model} costs {Price} to {HighestPrice} USDC; {Client} pays at most {Cap} unless its user raises that limit.")]
    private static partial void AboveCap(ILogger logger, string model, decimal price, decimal highestPrice, string client, decimal cap);
}
