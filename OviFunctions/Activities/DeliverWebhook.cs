using System.Text;
using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Orchestrations;
using OviFunctions.Secrets;
using OviFunctions.Webhooks;

namespace OviFunctions.Activities;

/// <summary>How one try to deliver a webhook ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeliveryState>))]
public enum DeliveryState
{
    Delivered,
    Retry,

    /// <summary>The receiver wants no more.</summary>
    Gone,

    /// <summary>It cannot be signed: the server key of its secret was removed.</summary>
    NoSecret,
}

public sealed record DeliveryStep(
    DeliveryState State, DateTimeOffset At, int? Status = null, string? Reason = null, TimeSpan? RetryAfter = null);

/// <summary>Sends one webhook once.</summary>
public sealed class DeliverWebhook(WebhookSender sender, WebhookSecrets secrets, TimeProvider clock)
{
    [Function(nameof(DeliverWebhook))]
    public async Task<DeliveryStep> Run([ActivityTrigger] HookInput hook, CancellationToken cancellationToken)
    {
        // Read for each try: the buyer may have replaced it since the last one.
        if (await secrets.FindAsync(hook.KeyId, hook.JobId, cancellationToken) is not { } secret)
            return new DeliveryStep(DeliveryState.NoSecret, clock.GetUtcNow(), Reason: $"the server key {hook.KeyId} is not in Secrets:Keys any more");
        var message = new WebhookMessage(hook.MessageId, new Uri(hook.Url), Encoding.UTF8.GetBytes(hook.Body), [secret]);
        var outcome = await sender.SendAsync(message, cancellationToken);
        var now = clock.GetUtcNow();
        return outcome switch
        {
            WebhookOutcome.Delivered delivered => new DeliveryStep(DeliveryState.Delivered, now, delivered.Status),
            WebhookOutcome.Gone gone => new DeliveryStep(DeliveryState.Gone, now, gone.Status, gone.Reason),
            WebhookOutcome.Retry retry => new DeliveryStep(DeliveryState.Retry, now, retry.Status, retry.Reason, retry.RetryAfter),
            _ => throw new InvalidOperationException($"{outcome.GetType().Name} is not a webhook outcome."),
        };
    }
}
