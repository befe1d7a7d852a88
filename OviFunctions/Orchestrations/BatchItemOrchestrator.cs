using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;

namespace OviFunctions.Orchestrations;

/// <summary>
/// One video of a batch that is paid: races its providers, and records its outcome before anybody sees it. The instance id is the
/// item's; the custom status is a <see cref="JobStatus"/> without the money, which is the batch's.
/// </summary>
public static class BatchItemOrchestrator
{
    [Function(nameof(BatchItemOrchestrator))]
    public static async Task<JobOutcome> Run([OrchestrationTrigger] TaskOrchestrationContext context, string itemId)
    {
        var job = new JobProgress(context);
        var cancellation = context.WaitForExternalEvent<string>(JobEvents.Cancel);
        var item = await context.CallActivityAsync<VideoJobInput>(nameof(ReadItem), itemId, Retries.Ordinary);

        job.Update(s => s with { State = JobState.Running, StartedAt = context.CurrentUtcDateTime });
        var race = await ProviderRace.RunAsync(context, item, job, cancellation);
        if (race.Video is { } made) race = race with { Video = await VideoFinish.RunAsync(context, itemId, item.Plan, item.Request, made) };

        var outcome = BatchOutcomes.NotDelivered(item, context.CurrentUtcDateTime, race.Error);
        if (race.Video is not null) outcome = outcome with { Outcome = JobOutcome.Delivered, Video = race.Video };
        var recorded = await context.CallActivityAsync<OutcomeRecord>(nameof(RecordItemOutcome), outcome, Retries.Persistent);

        // What was recorded first stands, also against a video that came later.
        var delivered = recorded.Outcome == JobOutcome.Delivered;
        if (!delivered && race.Video is { } late)
            await context.CallActivityAsync(nameof(DiscardVideo), LateVideo.Of(itemId, late, context.CurrentUtcDateTime), Retries.Ordinary);
        job.Update(s => s with
        {
            State = delivered ? JobState.Succeeded : race.Canceled ? JobState.Canceled : JobState.Failed,
            Outcome = recorded.Outcome,
            Video = recorded.Video,
            Error = delivered ? null : recorded.Error ?? JobErrors.Internal,
            CompletedAt = recorded.At,
        });
        await race.Losers;
        return recorded.Outcome;
    }
}
