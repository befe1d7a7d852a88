using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;

namespace OviFunctions.Orchestrations;

/// <summary>Tells the buyer of an event of his job, if he wants to be told.</summary>
internal static class BuyerNotice
{
    public static async Task TellAsync(TaskOrchestrationContext context, VideoJobInput input, JobStatus status, string eventType)
    {
        if (input.Request.WebhookUrl is null) return;
        var hook = StartWebhookInput.From(input, eventType, context.CurrentUtcDateTime, status);
        try
        {
            await context.CallActivityAsync(nameof(StartWebhook), hook, Retries.Ordinary);
        }
        catch (TaskFailedException)
        {
            // The buyer can read the job all the same; what he paid for does not depend on telling him.
            context.CreateReplaySafeLogger(typeof(BuyerNotice)).HookNotStarted(input.JobId, eventType);
        }
    }
}
