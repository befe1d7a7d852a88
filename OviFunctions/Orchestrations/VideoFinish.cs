using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Configuration;
using OviFunctions.Jobs;

namespace OviFunctions.Orchestrations;

/// <summary>Finishes a job's delivered video, see <see cref="FinishVideo"/>. Never keeps a buyer from a video that is there.</summary>
internal static class VideoFinish
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>How long a busy machine is asked again; a try that was begun ends later.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>For a payment that is settled on delivery, and whose signature gets older.</summary>
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(OnDeliverySettings.FinishWaitSeconds);

    /// <summary>The finished video, or the video as it is when that took too long or went wrong.</summary>
    public static async Task<VideoAsset> RunAsync(TaskOrchestrationContext context, string jobId, JobPlan plan, VideoRequest request, VideoAsset video)
    {
        if (!plan.FinishMedia) return video;
        var input = new FinishVideoInput(video, request.Resolution, request.OutputFit);
        var deadline = context.CurrentUtcDateTime + (plan.SettleOnDelivery ? ShortPatience : Patience);
        try
        {
            while (true)
            {
                var step = await context.CallActivityAsync<FinishStep>(nameof(FinishVideo), input, Retries.Brief);
                if (step.Video is { } finished) return finished;
                if (context.CurrentUtcDateTime >= deadline) break;
                await context.CreateTimer(Pause, CancellationToken.None);
            }
        }
        catch (TaskFailedException)
        {
            // The provider's video is there, and is what counts.
        }

        context.CreateReplaySafeLogger(typeof(VideoFinish)).NotFinished(jobId);
        return video;
    }
}
