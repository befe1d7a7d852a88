using Microsoft.DurableTask.Client;

namespace OviFunctions.Jobs.Batches;

/// <summary>Reads a batch's items: from their orchestrations, or from their outcomes when those are gone, died, or were never started.</summary>
public sealed class BatchReader(BatchItems items, BatchOutcomes outcomes)
{
    private const int ReadsAtOnce = 8;

    /// <summary>The job, with its items if it is a batch.</summary>
    public async Task<JobView> WithItemsAsync(DurableTaskClient client, JobView job, CancellationToken cancellationToken)
    {
        if (job.Input.Items is null) return job;
        var inputs = await items.ReadAsync(job.Input, cancellationToken);
        var views = new JobView[inputs.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, views.Length, options, async (i, token) =>
            views[i] = new JobView(inputs[i], await StatusOfAsync(client, inputs[i].JobId, job.Status, token)));
        return job with { Items = views };
    }

    private async Task<JobStatus> StatusOfAsync(DurableTaskClient client, string itemId, JobStatus batch, CancellationToken cancellationToken)
    {
        // Before it has begun, and after an end without it, the batch itself is what there is to see.
        var notBegun = new JobStatus { State = batch.IsFinal ? batch.State : JobState.Queued, Outcome = batch.Outcome };
        if (batch.StartedAt is null && batch.Batch is null) return notBegun;

        var instance = await client.GetInstanceAsync(itemId, getInputsAndOutputs: true, cancellationToken);
        var status = instance?.ReadCustomStatusAs<JobStatus>() ?? notBegun;
        if (status.Outcome is not null && status.IsFinal && instance is not null) return status;
        if (!batch.IsFinal || await outcomes.FindItemAsync(itemId, cancellationToken) is not { } outcome) return status;
        return status with
        {
            State = outcome.Outcome == JobOutcome.Delivered ? JobState.Succeeded
                : outcome.Error?.Code == JobErrors.Canceled.Code ? JobState.Canceled
                : JobState.Failed,
            Outcome = outcome.Outcome,
            Video = outcome.Video,
            Error = outcome.Error,
            CompletedAt = outcome.At,
        };
    }
}
