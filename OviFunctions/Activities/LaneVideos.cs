using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Providers;

namespace OviFunctions.Activities;

/// <summary>The videos of a job's lanes in storage; each lane has a place of its own.</summary>
public sealed class LaneVideos(VideoStore videos, OviSettings settings)
{
    private long MaxBytes => settings.Jobs.MaxVideoMegabytes * 1024L * 1024L;

    public async Task<VideoAsset?> FindAsync(string jobId, int lane, long seed, CancellationToken cancellationToken) =>
        await videos.FindAsync(JobIds.VideoBlob(jobId, lane), cancellationToken) is { } stored ? new VideoAsset(stored, seed) : null;

    /// <summary>Stores a video if it is a whole MP4; the first one of a lane stays.</summary>
    public async Task<StoreStep> StoreAsync(string jobId, int lane, Stream content, long seed, CancellationToken cancellationToken)
    {
        switch (await videos.StoreAsync(content, JobIds.VideoBlob(jobId, lane), MaxBytes, cancellationToken))
        {
            case VideoResult.Stored stored: return new StoreStep(new VideoAsset(stored.Video, seed));
            case VideoResult.Refused refused:
                // A connection that ends early looks like a file that does.
                var mayPass = refused.Problem.Fault is VideoFault.SourceBroken or VideoFault.Truncated;
                return StoreStep.NotStored(FailureClass.BadResult, Codes.Of(refused.Problem.Fault), refused.Problem.Message, mayPass);
            case var unknown: throw new InvalidOperationException($"{unknown.GetType().Name} is not a video result.");
        }
    }
}
