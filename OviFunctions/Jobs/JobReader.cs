using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Hosting;
using OviFunctions.Activities;
using OviFunctions.Payments.Refunds;
using OviFunctions.Storage;

namespace OviFunctions.Jobs;

/// <summary>A job as it stands: what was ordered, how far it is, and how far its money is on the way back.</summary>
/// <param name="Input">What was ordered.</param>
/// <param name="Status">How far it is.</param>
/// <param name="Refund">The record of its refund; null when nothing is recorded yet, or nothing has to go back.</param>
public sealed record JobView(VideoJobInput Input, JobStatus Status, RefundRecord? Refund = null)
{
    /// <summary>A batch's items as they stand, when they were asked for (<see cref="Batches.BatchReader"/>).</summary>
    public IReadOnlyList<JobView>? Items { get; init; }
}

/// <summary>Reads a job from its orchestration, or from its records when the orchestration is not there (yet, or any more).</summary>
public sealed class JobReader(IRecordStore records, TimeProvider clock, IHostApplicationLifetime host)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>The job; null when there is none of that id.</summary>
    public async Task<JobView?> ReadAsync(DurableTaskClient client, string jobId, CancellationToken cancellationToken)
    {
        // Without inputs the custom status is not fetched either.
        var instance = await client.GetInstanceAsync(jobId, getInputsAndOutputs: true, cancellationToken);
        var job = instance is null ? await ReadRecordsAsync(jobId, cancellationToken) : await WithOutcomeAsync(View(instance), cancellationToken);
        // Also of an order that was turned away: its money may have come all the same.
        return job is { Input.Payment: not null, Status.Outcome: JobOutcome.RefundDue or JobOutcome.Unpaid }
            ? job with { Refund = (await records.ReadAsync<RefundRecord>(RecordNames.Refund(jobId), cancellationToken))?.Value }
            : job;
    }

    /// <summary>A job whose orchestration broke, or hangs past its deadline, has an outcome that <see cref="MoneySweep"/> recorded.</summary>
    private async Task<JobView> WithOutcomeAsync(JobView job, CancellationToken cancellationToken)
    {
        var status = job.Status;
        if (status is { Outcome: JobOutcome.Unpaid, Video: not null }) return await WithReleaseAsync(job, cancellationToken);
        var deadline = (status.StartedAt ?? job.Input.CreatedAt).AddSeconds(job.Input.Plan.DeadlineSeconds);
        if (status.Outcome is not null || (!status.IsFinal && clock.GetUtcNow() < deadline)
            || await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(job.Input.JobId), cancellationToken) is not { Value: var outcome }
            || (!status.IsFinal && outcome.Outcome == JobOutcome.Delivered)) return job;
        return job with
        {
            Status = status with
            {
                State = outcome.Batch is { Delivered: > 0 } ? JobState.Succeeded : status.IsFinal ? status.State : JobState.Failed,
                Outcome = outcome.Outcome,
                Batch = outcome.Batch,
                Transaction = status.Transaction ?? outcome.Transaction,
                Error = outcome.Batch is null ? status.Error ?? outcome.Error : outcome.Error,
                CompletedAt = outcome.At,
            },
        };
    }

    /// <summary>A video that was made on trust and not paid may have been paid for since, by another authorization.</summary>
    private async Task<JobView> WithReleaseAsync(JobView job, CancellationToken cancellationToken) =>
        await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(job.Input.JobId), cancellationToken) is { Value: { Outcome: JobOutcome.Delivered } released }
            ? job with
            {
                Status = job.Status with
                {
                    State = JobState.Succeeded, Money = MoneyState.Settled, Outcome = released.Outcome, Transaction = released.Transaction, Error = null,
                    CompletedAt = released.At,
                },
            }
            : job;

    /// <summary>
    /// Reads the job until it satisfies a condition or the time is up; polls at 50 ms, growing to 1 s, because the
    /// client's own waits look every one or two seconds. A host that stops ends the wait: it stops only when its last
    /// request has ended, and until then jobs go on whose providers can no longer reach it.
    /// </summary>
    public async Task<JobView?> WaitAsync(
        DurableTaskClient client, string jobId, Func<JobStatus, bool> until, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, host.ApplicationStopping);
        var started = clock.GetTimestamp();
        var pause = ShortestPause;
        while (true)
        {
            var view = await ReadAsync(client, jobId, cancellationToken);
            if (view is null || until(view.Status) || clock.GetElapsedTime(started) >= longest) return view;
            if (host.ApplicationStopping.IsCancellationRequested) return view;
            await Task.Delay(pause, clock, ends.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 3 / 2, LongestPause.Ticks));
        }
    }

    internal static JobView View(OrchestrationMetadata instance)
    {
        var input = instance.ReadInputAs<VideoJobInput>()
            ?? throw new InvalidDataException($"The orchestration {instance.InstanceId} has no input.");
        var status = instance.ReadCustomStatusAs<JobStatus>() ?? new JobStatus { State = JobState.Queued };
        var broken = instance.RuntimeStatus is OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;
        return new JobView(input, broken && !status.IsFinal ? status with { State = JobState.Failed, Error = JobErrors.Internal } : status);
    }

    private async Task<JobView?> ReadRecordsAsync(string jobId, CancellationToken cancellationToken)
    {
        var claim = await records.ReadAsync<Claim>(RecordNames.Claim(jobId), cancellationToken);
        if (claim is null || claim.Value.SupersededBy is not null) return null;
        var outcome = (await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(jobId), cancellationToken))?.Value;
        return new JobView(claim.Value.Input, outcome is null ? new JobStatus { State = JobState.Queued } : new JobStatus
        {
            State = outcome.Outcome == JobOutcome.Delivered || outcome.Batch is { Delivered: > 0 } ? JobState.Succeeded
                : outcome.Error?.Code == JobErrors.Canceled.Code ? JobState.Canceled
                : JobState.Failed,
            // Money that is due back without a known transaction may have moved all the same.
            Money = outcome.Transaction is not null ? MoneyState.Settled
                : outcome.Outcome == JobOutcome.RefundDue ? MoneyState.InFlight
                : MoneyState.Unused,
            Transaction = outcome.Transaction,
            CompletedAt = outcome.At,
            Outcome = outcome.Outcome,
            Batch = outcome.Batch,
            Video = outcome.Video,
            Error = outcome.Error,
        });
    }
}
