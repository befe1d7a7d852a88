using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;

namespace OviFunctions.Orchestrations;

/// <summary>Brings the buyer's image into our storage; a host that does not answer well is asked again.</summary>
internal static class ImagePreparation
{
    private const int MaxTries = 3;

    public static async Task<PreparedImage> RunAsync(TaskOrchestrationContext context, VideoJobInput input)
    {
        for (var attempt = 1; ; attempt++)
        {
            var wanted = new PrepareImageInput(input.JobId, input.Request.ImageUrl) { IsTextOnly = input.Request.IsTextOnly, Size = input.Request.ImageSize };
            var image = await context.CallActivityAsync<PreparedImage>(nameof(PrepareImage), wanted, Retries.Ordinary);
            if (image.Problem is not { MayPass: true } || attempt == MaxTries) return image;

            // Short: the buyer waits for an answer, and the payment's signature gets older.
            await context.CreateTimer(TimeSpan.FromSeconds(attempt), CancellationToken.None);
        }
    }
}
