using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OviFunctions.Payments;
using OviFunctions.Payments.Facilitators;

namespace OviFunctions.Composition;

/// <summary>
/// Asks the facilitators at start and every ten minutes, every minute while one ails, whether they are there and settle our
/// payments. The start does not wait for it. One that says that it does not settle them is not asked to until it says otherwise.
/// Every minute it has suspicions against them looked at again.
/// </summary>
internal sealed partial class FacilitatorMonitor(
    FacilitatorPool facilitators, FacilitatorJudge judge, Till till, TimeProvider clock, ILogger<FacilitatorMonitor> logger) : BackgroundService
{
    private const int MinutesBetweenChecks = 10;

    private FacilitatorStatus[] _last = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var minute = 0; ; minute++)
        {
            if (minute % MinutesBetweenChecks == 0 || _last.Any(status => status.State != FacilitatorState.Working)) await CheckAsync(stoppingToken);
            await Task.Delay(TimeSpan.FromMinutes(1), clock, stoppingToken);
            await ReviewAsync(stoppingToken);
        }
    }

    private async Task CheckAsync(CancellationToken stoppingToken)
    {
        var now = await Task.WhenAll(facilitators.All.Select(f => FacilitatorCheck.AskAsync(f, till.Network, stoppingToken)));
        foreach (var status in now.Except(_last)) Tell(status);
        _last = now;
    }

    private async Task ReviewAsync(CancellationToken stoppingToken)
    {
        try
        {
            await judge.ReviewAsync(stoppingToken);
        }
#pragma warning disable CA1031 // A review that fails is made again in a minute; what it throws would end the host.
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            NotReviewed(logger, e);
        }
    }

    private void Tell(FacilitatorStatus status)
    {
        if (status.State == FacilitatorState.Working) Works(logger, status.Facilitator, till.Network.V1Name);
        else if (status.State == FacilitatorState.Misconfigured) IsMisconfigured(logger, status.Facilitator, status.Reason);
        else IsDown(logger, status.Facilitator, status.Reason);
    }

    [LoggerMessage(1411, LogLevel.Information, "Facilitator {Facilitator} settles payments on {Network}.")]
    private static partial void Works(ILogger logger, string facilitator, string network);

    [LoggerMessage(1412, LogLevel.Error, "Facilitator {Facilitator} is there but is of no use with these settings: {Reason}.")]
    private static partial void IsMisconfigured(ILogger logger, string facilitator, string? reason);

    [LoggerMessage(1414, LogLevel.Warning, "Suspicions against facilitators could not be looked at; this is tried again in a minute.")]
    private static partial void NotReviewed(ILogger logger, Exception exception);

    [LoggerMessage(1413, LogLevel.Warning, "Facilitator {Facilitator} is down: {Reason}.")]
    private static partial void IsDown(ILogger logger, string facilitator, string? reason);
}
