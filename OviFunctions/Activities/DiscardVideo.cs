using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Storage;

namespace OviFunctions.Activities;

/// <param name="JobId">The job, whose money goes back.</param>
/// <param name="Video">The video that came too late.</param>
/// <param name="At">When it was found to be too late.</param>
public sealed record LateVideo(string JobId, StoredVideo Video, DateTimeOffset At)
{
    /// <summary>What was made of it, or what it was made of.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? OtherBlobs { get; init; }

    public static LateVideo Of(string jobId, VideoAsset video, DateTimeOffset at) =>
        new(jobId, video.File, at) { OtherBlobs = video.Blobs is [_, _, ..] all ? [.. all.Skip(1)] : null };
}

/// <summary>Records a video that came after the money was on its way back, and deletes it: nobody gets both.</summary>
public sealed partial class DiscardVideo(IRecordStore records, VideoStore videos, ILogger<DiscardVideo> logger)
{
    [Function(nameof(DiscardVideo))]
    public async Task Run([ActivityTrigger] LateVideo late, CancellationToken cancellationToken)
    {
        await records.TryCreateAsync(RecordNames.LateVideo(late.JobId), late, cancellationToken);
        await videos.DeleteAsync(late.Video.Blob, cancellationToken);
        foreach (var blob in late.OtherBlobs ?? []) await videos.DeleteAsync(blob, cancellationToken);
        Discarded(logger, late.JobId, late.Video.Bytes);
    }

    [LoggerMessage(2112, LogLevel.Warning, "A video of {Bytes} bytes for job {JobId} came after its money was on its way back; it is recorded and deleted.")]
    private static partial void Discarded(ILogger logger, string jobId, long bytes);
}
