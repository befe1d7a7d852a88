using Microsoft.Azure.Functions.Worker;
using OviFunctions.Jobs;
using OviFunctions.OnDelivery;
using OviFunctions.Storage;

namespace OviFunctions.Activities;

/// <summary>Finds the video of a job that waits for its money; null when there is none, or it does not wait any more.</summary>
public sealed class FindLockedVideo(IRecordStore records)
{
    [Function(nameof(FindLockedVideo))]
    public async Task<VideoAsset?> Run([ActivityTrigger] string jobId, CancellationToken cancellationToken) =>
        (await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(jobId), cancellationToken))?.Value is { } outcome && UnlockOrder.IsLocked(outcome)
            ? outcome.Video
            : null;
}
