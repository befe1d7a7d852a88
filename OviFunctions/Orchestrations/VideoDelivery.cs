using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Providers;

namespace OviFunctions.Orchestrations;

/// <summary>Copies an attempt's finished video into our storage, trying again what may pass.</summary>
internal static class VideoDelivery
{
    private const int MaxTries = 4;

    /// <summary>The longest pause before another try that a provider can ask for.</summary>
    private const double LongestPauseSeconds = 60;

    public static async Task<AttemptEnd> StoreAsync(
        TaskOrchestrationContext context, AttemptInput input, ProviderJob? job, string? url, long seed)
    {
        var failure = new ProviderFailure(FailureClass.BadResult, null, "");
        for (var attempt = 1; attempt <= MaxTries; attempt++)
        {
            // Without a URL, only the provider's own API gives it, to our key.
            var video = new StoreVideoInput(input.JobId, input.Lane, url, seed)
            {
                Provider = url is null ? input.Provider : null, Job = url is null ? job : null,
            };
            var step = await context.CallActivityAsync<StoreStep>(nameof(StoreVideo), video, Retries.Ordinary);
            if (step.Video is { } stored) return new AttemptEnd(AttemptState.Delivered, stored);
            failure = step.Failure!;
            if (!step.MayPass || attempt == MaxTries) break;

            var pause = Math.Clamp(failure.RetryAfterSeconds ?? 0, 2 * attempt, LongestPauseSeconds);
            await context.CreateTimer(TimeSpan.FromSeconds(pause), CancellationToken.None);

            // The link may have expired: the provider gives a fresh one with each read.
            if (job is null) continue;
            var read = await context.CallActivityAsync<ReadStep>(
                nameof(ReadFromProvider), new ReadFromProviderInput(input.JobId, input.Provider, job), Retries.Ordinary);
            url = read.VideoUrl ?? url;
        }

        return new AttemptEnd(AttemptState.Failed, Failure: failure);
    }
}
