using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Webhooks;

namespace OviFunctions.Orchestrations;

/// <summary>One event for one buyer: what is sent, and where.</summary>
/// <param name="MessageId">The same in every try, so that receivers can recognise repeats.</param>
public sealed record WebhookMessage(string MessageId, string JobId, string KeyId, string Url, string EventType, string Body);

/// <summary>
/// Delivers one event by the schedule of the Standard Webhooks specification. An orchestration of its own, so that a
/// receiver that is down for a day does not hold the job open.
/// </summary>
public static class WebhookOrchestrator
{
    [Function(nameof(WebhookOrchestrator))]
    public static async Task<IReadOnlyList<DeliveryStep>> Run([OrchestrationTrigger] TaskOrchestrationContext context, WebhookMessage message)
    {
        var deliveries = new List<DeliveryStep>();
        for (var attempt = 0; attempt < WebhookSchedule.Attempts; attempt++)
        {
            var pause = WebhookSchedule.Pause(message.MessageId, attempt, deliveries.LastOrDefault()?.RetryAfterSeconds);
            if (pause > TimeSpan.Zero) await context.CreateTimer(pause, CancellationToken.None);
            deliveries.Add(await context.CallActivityAsync<DeliveryStep>(nameof(DeliverWebhook), message, Retries.Ordinary));
            context.SetCustomStatus(deliveries);
            if (deliveries[^1].State != DeliveryState.Retry) break;
        }

        return deliveries;
    }
}
