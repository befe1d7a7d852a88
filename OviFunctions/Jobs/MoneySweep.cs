using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Activities;
using OviFunctions.Jobs.Batches;
using OviFunctions.Orchestrations;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Refunds;
using OviFunctions.Storage;

namespace OviFunctions.Jobs;

/// <summary>
/// Follows every claimed payment (marker <c>unsettled/{jobId}</c>) until it is decided where its money stays: with the seller,
/// who delivered; with the payer, who can no longer pay; or back with the payer. It finds jobs whose orchestration died after
/// the money moved, money that came after an order was turned away, and refunds that nobody started.
/// </summary>
/// <param name="records">Claims, outcomes and markers.</param>
/// <param name="recordOutcome">Gives dead jobs their outcome, by the same rule as the orchestration does.</param>
/// <param name="batchOutcomes">The same for batches, of which videos may have been delivered.</param>
/// <param name="batches">Reads their items, for what their buyers are told.</param>
/// <param name="jobs">For what their buyers are told.</param>
/// <param name="resources">The same.</param>
/// <param name="proof">Made when it is needed: a gateway without payments has no chain.</param>
/// <param name="clock">For ages and deadlines.</param>
/// <param name="logger">For the operator.</param>
public sealed partial class MoneySweep(
    IRecordStore records, RecordOutcome recordOutcome, BatchOutcomes batchOutcomes, BatchReader batches, JobReader jobs, JobResources resources, Lazy<SettlementProof> proof, TimeProvider clock,
    ILogger<MoneySweep> logger)
{
    private const int AtOnce = 8;

    /// <summary>How much longer than the job's deadline its end may take: storing the video, trouble with storage.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(10);

    /// <summary>As long as an orchestration asks the chain about a payment, and a little more.</summary>
    private static readonly TimeSpan LongestSettlement = TimeSpan.FromHours(16);

    private readonly MoneySweepSchedule _schedule = new(clock);

    /// <summary>Running jobs that are past their deadline, and since when this process knows.</summary>
    private readonly ConcurrentDictionary<string, long> _overdue = new(StringComparer.Ordinal);

    /// <summary>One round: looks at the payments whose turn it is.</summary>
    public async Task RunAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        var due = await _schedule.TakeDueAsync(ListAsync(cancellationToken), cancellationToken);
        foreach (var decided in _overdue.Keys.Where(jobId => !_schedule.Knows(jobId))) _overdue.TryRemove(decided, out _);
        await Parallel.ForEachAsync(
            due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (jobId, token) =>
            {
                try
                {
                    await LookAsync(client, jobId, token);
                }
#pragma warning disable CA1031 // One payment that cannot be followed must not keep the others from it.
                catch (Exception e) when (!token.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    NotSwept(logger, e, jobId);
                }
            });
    }

    private async Task LookAsync(DurableTaskClient client, string jobId, CancellationToken cancellationToken)
    {
        var instance = await client.GetInstanceAsync(jobId, getInputsAndOutputs: true, cancellationToken);
        if (instance is { IsCompleted: false } && !IsGivenUp(JobReader.View(instance))) return;

        var claim = (await records.ReadAsync<Claim>(RecordNames.Claim(jobId), cancellationToken))?.Value
            ?? throw new InvalidDataException($"The payment of {jobId} is unsettled and has no claim.");
        var outcome = (await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(jobId), cancellationToken))?.Value;
        SettlementEvidence? seen = null;
        if (outcome?.Outcome is not (JobOutcome.Delivered or JobOutcome.RefundDue))
        {
            var isOrphan = outcome is null && claim.SupersededBy is null;
            if (isOrphan && instance is null && !await IsLostAsync(claim, cancellationToken)) return;
            var payment = claim.Input.Payment!;
            seen = await proof.Value.EvaluateAsync(
                payment.Network.Usdc, payment.Authorization.Transfer, payment.ClaimBlock, BlockTag.Safe, cancellationToken);
            if (seen is SettlementEvidence.Undecided) return;
            if (isOrphan) outcome = await EndAsync(client, claim, seen as SettlementEvidence.Paid, cancellationToken);
        }

        switch (outcome?.Outcome)
        {
            case JobOutcome.RefundDue:
                await RefundStarter.StartAsync(client, JobRefunds.Of(claim.Input, outcome.Error, outcome.Batch), cancellationToken);
                break;
            case not JobOutcome.Delivered when seen is SettlementEvidence.Paid paid:
                CameLate(logger, jobId, paid.Transaction.ToString());
                await RefundStarter.StartAsync(client, JobRefunds.Of(claim.Input, error: null) with { Reason = RefundReason.LateMoney }, cancellationToken);
                break;
            default:
                await records.DeleteAsync(RecordNames.Unsettled(jobId), cancellationToken);
                break;
        }
    }

    /// <summary>
    /// Whether a job runs past its deadline: it hangs, or the engine holds it. Not at once: after a downtime the job is as late,
    /// and gets the time in which it ends by itself.
    /// </summary>
    private bool IsGivenUp(JobView job)
    {
        var since = job.Status is { State: JobState.Running, StartedAt: { } started } ? started : job.Input.CreatedAt + LongestSettlement;
        var mayEnd = since.AddSeconds(job.Input.Plan.DeadlineSeconds);
        // A video that came at the deadline may still wait for ffmpeg.
        if (job.Input.Plan.FinishMedia) mayEnd += VideoFinish.Patience;
        if (clock.GetUtcNow() < mayEnd) return false;
        var late = _overdue.GetOrAdd(job.Input.JobId, _ => clock.GetTimestamp());
        return clock.GetElapsedTime(late) >= Margin;
    }

    /// <summary>
    /// Whether a job without an orchestration will not get one (again). Until its deadline the engine's database may be put back,
    /// and the claim's other sweeper may start it.
    /// </summary>
    private async Task<bool> IsLostAsync(Claim claim, CancellationToken cancellationToken) =>
        clock.GetUtcNow() >= claim.Input.CreatedAt.AddSeconds(claim.Input.Plan.DeadlineSeconds) + Margin
        && await records.ReadAsync<AliasRecord>(RecordNames.OpenClaim(claim.Input.JobId), cancellationToken) is null;

    /// <summary>Gives a dead job its outcome, and tells its buyer: money that came is owed back.</summary>
    /// <returns>The outcome that stands.</returns>
    private async Task<OutcomeRecord> EndAsync(
        DurableTaskClient client, Claim claim, SettlementEvidence.Paid? paid, CancellationToken cancellationToken)
    {
        var job = claim.Input;
        var outcome = paid is null ? JobOutcome.Unpaid : JobOutcome.RefundDue;
        var standing = paid is not null && job.Items is not null
            ? await batchOutcomes.CloseAsync(job, clock.GetUtcNow(), JobErrors.Internal, paid.Transaction.ToString(), cancellationToken)
            : await recordOutcome.Run(
                new OutcomeRecord(
                    job.JobId, outcome, clock.GetUtcNow(), Video: null, paid is null ? JobErrors.Unpaid(code: null) : JobErrors.Internal,
                    job.Payment!.Authorization.Transfer.From.ToString(), job.PriceAtomic, paid?.Transaction.ToString()),
                cancellationToken);
        Died(logger, job.JobId, standing.Outcome);
        // A delivery was told by who recorded it; that of a batch may be the sum that was made just now.
        if (job.Request.WebhookUrl is not null && (standing.Outcome != JobOutcome.Delivered || standing.Batch is not null)
            && await jobs.ReadAsync(client, job.JobId, cancellationToken) is { } view)
        {
            var resource = resources.Make(await batches.WithItemsAsync(client, view, cancellationToken));
            var isMade = standing.Batch is { Delivered: > 0 };
            await StartWebhook.StartAsync(client, job, isMade ? WebhookEvents.Succeeded : WebhookEvents.Failed, standing.At, resource, cancellationToken);
        }

        return standing;
    }

    private async IAsyncEnumerable<(string JobId, DateTimeOffset Since)> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (name, writtenAt) in records.ListAsync(RecordNames.Unsettleds, cancellationToken))
            yield return (name[RecordNames.Unsettleds.Length..], writtenAt);
    }

    [LoggerMessage(1311, LogLevel.Error, "The orchestration of job {JobId} died without an outcome; the chain decided it: {Outcome}.")]
    private static partial void Died(ILogger logger, string jobId, JobOutcome outcome);

    [LoggerMessage(1312, LogLevel.Warning, "The payment of job {JobId} arrived after the order had been turned away ({Transaction}); it is refunded.")]
    private static partial void CameLate(ILogger logger, string jobId, string transaction);

    [LoggerMessage(1313, LogLevel.Error, "The payment of job {JobId} could not be followed; it is tried again later.")]
    private static partial void NotSwept(ILogger logger, Exception exception, string jobId);
}
