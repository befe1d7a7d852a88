using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OviFunctions.Payments;

namespace OviFunctions.Composition;

/// <summary>Says at start where the money goes, so that a wrong address is seen before the first sale.</summary>
internal sealed partial class SalesNotice(Till till, ILogger<SalesNotice> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Selling(logger, till.PayTo.ToChecksumString(), till.Network.V1Name);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1402, LogLevel.Information,
        "Payments go to {PayTo} on {Network}. That address must belong to this store alone: payments to it are matched with this store's orders.")]
    private static partial void Selling(ILogger logger, string payTo, string network);
}
