using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;

namespace OviFunctions.Orchestrations;

/// <summary>Brings the buyer's image into our storage; a host that does not answer well is asked again.</summary>
internal static class ImagePreparation
{
    private const int MaxTries = 3;

    public static Task<PreparedImage> RunAsync(TaskOrchestrationContext context, VideoJobInput input) =>
        RunAsync(context, nameof(PrepareImage), PrepareImageInput.From(input));

    /// <summary>The same for the image of a batch's item.</summary>
    public static Task<PreparedImage> RunAsync(TaskOrchestrationContext context, string itemId) => RunAsync(context, nameof(PrepareItem), itemId);

    private static async Task<PreparedImage> RunAsync(TaskOrchestrationContext context, string activity, object input)
    {
        for (var attempt = 1; ; attempt++)
        {
            var image = await context.CallActivityAsync<PreparedImage>(activity, input, Retries.Ordinary);
            if (image.Problem is not { MayPass: true } || attempt == MaxTries) return image;

            // Short: the buyer waits for an answer, and the payment's signature gets older.
            await context.CreateTimer(TimeSpan.FromSeconds(attempt), CancellationToken.None);
        }
    }
}
