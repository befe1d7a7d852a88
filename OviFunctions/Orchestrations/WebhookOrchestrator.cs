using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Webhooks;

namespace OviFunctions.Orchestrations;

/// <summary>One event for one buyer.</summary>
/// <param name="MessageId">The same in every try, so that receivers can recognise repeats.</param>
/// <param name="KeyId">The server key from which the job's webhook secret is derived.</param>
/// <param name="Body">The JSON body, the same in every try.</param>
public sealed record HookInput(string MessageId, string JobId, string KeyId, string Url, string Body);

/// <summary>
/// Delivers one event by the schedule of the Standard Webhooks specification. An orchestration of its own, so that a
/// receiver that is down for a day does not hold the job open.
/// </summary>
public static class WebhookOrchestrator
{
    [Function(nameof(WebhookOrchestrator))]
    public static async Task<IReadOnlyList<DeliveryStep>> Run([OrchestrationTrigger] TaskOrchestrationContext context, HookInput hook)
    {
        var deliveries = new List<DeliveryStep>();
        TimeSpan? retryAfter = null;
        for (var attempt = 1; WebhookSchedule.DelayBefore(attempt, hook.MessageId, retryAfter) is { } delay; attempt++)
        {
            if (delay > TimeSpan.Zero) await context.CreateTimer(delay, CancellationToken.None);
            var delivery = await context.CallActivityAsync<DeliveryStep>(nameof(DeliverWebhook), hook, Retries.Ordinary);
            deliveries.Add(delivery);
            context.SetCustomStatus(deliveries);
            if (delivery.State != DeliveryState.Retry) break;
            retryAfter = delivery.RetryAfter;
        }

        return deliveries;
    }
}
