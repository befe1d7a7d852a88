using System.Globalization;
using OviFunctions.Activities;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Storage;

namespace OviFunctions.Sales;

/// <summary>What providers cost in the last hour for jobs that ended without a delivery, for all machines.</summary>
public sealed record UndeliveredSpend(IReadOnlyList<UndeliveredJob> Jobs);

/// <summary>A job that cost and delivered nothing.</summary>
public sealed record UndeliveredJob(string JobId, DateTimeOffset At, decimal CostUsd);

/// <summary>
/// Pauses sales when providers cost too much in an hour for jobs that end without a video: what is wrong then is wrong for the
/// next order too, and each of them is paid for twice, to the provider and back to the buyer.
/// </summary>
/// <remarks>
/// Counted at the end of a job that failed, so that a job that goes well writes nothing. A confirmed cancellation costs nothing, and
/// does not count; else buyers could stop the sales. Orders that are still running are bounded by Limits:MaxJobsInFlight.
/// </remarks>
public sealed class SpendBrake(IRecordStore records, OviSettings settings, SalesSwitch sales, TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly SharedRecord<UndeliveredSpend> _spend = new(records, clock, RecordNames.UndeliveredSpend, new UndeliveredSpend([]));

    /// <summary>Counts what a job cost that ended so; a job counts once, however often it is named.</summary>
    public async Task CountAsync(OutcomeRecord outcome, CancellationToken cancellationToken)
    {
        if (outcome.Outcome == JobOutcome.Delivered || outcome.Error?.Code == JobErrors.Canceled.Code) return;
        if (await CostOfAsync(outcome.JobId, cancellationToken) is not (> 0 and var cost)) return;

        var now = clock.GetUtcNow();
        var (spend, _) = await _spend.UpdateAsync(
            s => s.Jobs.Any(job => job.JobId == outcome.JobId) ? null
                : new([.. s.Jobs.Where(job => now - job.At < Window), new UndeliveredJob(outcome.JobId, now, cost)]),
            cancellationToken);

        // What the operator has seen when he resumed sales does not stop them again.
        var resumed = (await sales.ReadAsync(cancellationToken)).At;
        var total = spend.Jobs.Where(job => now - job.At < Window && job.At > resumed).Sum(job => job.CostUsd);
        if (total > settings.Limits.UndeliveredUsdPerHour)
            await sales.PauseAsync(string.Create(CultureInfo.InvariantCulture, $"providers cost {total} dollars within an hour for jobs without a video"), cancellationToken);
    }

    /// <summary>What its submits cost by the journal: all that a provider may have taken.</summary>
    private async Task<decimal> CostOfAsync(string jobId, CancellationToken cancellationToken)
    {
        var cost = 0m;
        await foreach (var (name, _) in records.ListAsync(RecordNames.Submits(jobId), cancellationToken))
        {
            var submit = (await records.ReadAsync<SubmitIntent>(name, cancellationToken))?.Value;
            if (submit is null or { Step.MayCost: false }) continue;
            cost += submit.CostUsd;
        }

        return cost;
    }
}
