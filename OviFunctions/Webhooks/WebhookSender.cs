using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using OviFunctions.Http.Egress;

namespace OviFunctions.Webhooks;

/// <summary>
/// Makes one attempt to deliver a webhook, through the egress guard. Of what the receiver answers only the status and two
/// headers count; the body is not read.
/// </summary>
/// <param name="egress">Public addresses only, no redirects, 20 seconds in all.</param>
/// <param name="time">The clock of the timestamps.</param>
/// <param name="logger">Receives ids and outcomes, no URL and no body.</param>
public sealed partial class WebhookSender(EgressGuard egress, TimeProvider time, ILogger<WebhookSender> logger)
{
    /// <summary>
    /// Half of the activities that host.json lets run at once: receivers that do not answer must leave room for the jobs. A
    /// delivery beyond it does not wait for a place, because it would do so in one of the others'.
    /// </summary>
    public const int MaxAtOnce = 16;

    private int _underWay;

    /// <exception cref="ArgumentException">
    /// The body is longer than <see cref="WebhookMessage.MaxBodyBytes"/>, or the message cannot be signed.
    /// </exception>
    public async Task<WebhookOutcome> SendAsync(WebhookMessage message, CancellationToken cancellationToken)
    {
        if (message.Body.Length > WebhookMessage.MaxBodyBytes)
        {
            throw new ArgumentException($"A webhook has at most {WebhookMessage.MaxBodyBytes} bytes, not {message.Body.Length}.", nameof(message));
        }

        var now = time.GetUtcNow();
        var headers = new Dictionary<string, string>
        {
            [StandardWebhook.IdHeader] = message.Id,
            [StandardWebhook.TimestampHeader] = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            [StandardWebhook.SignatureHeader] = StandardWebhook.Sign(message.Id, now, message.Body.Span, message.Secrets),
        };
        using var content = new ReadOnlyMemoryContent(message.Body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var started = time.GetTimestamp();
        var outcome = await PostAsync(message.Url, content, headers, cancellationToken);
        Log(message.Id, outcome, (long)time.GetElapsedTime(started).TotalMilliseconds);
        return outcome;
    }

    private async Task<WebhookOutcome> PostAsync(
        Uri url, HttpContent content, IReadOnlyDictionary<string, string> headers, CancellationToken cancellationToken)
    {
        try
        {
            return Interlocked.Increment(ref _underWay) <= MaxAtOnce
                ? Judge(await egress.PostAsync(EgressPurpose.Webhook, url.AbsoluteUri, content, headers, cancellationToken))
                : new WebhookOutcome.Retry(null, "too many webhooks were under way");
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private WebhookOutcome Judge(EgressResult result)
    {
        switch (result)
        {
            case EgressResult.Ok { Response: var response }:
                using (response) return Judge(response.Status, response.Headers);
            // An address can become public again, so even a refusal is tried again.
            case EgressResult.Refused refused: return new WebhookOutcome.Retry(null, refused.Message);
            case EgressResult.Failed failed: return new WebhookOutcome.Retry(failed.Status, failed.Message);
            default: throw new UnreachableException();
        }
    }

    private WebhookOutcome Judge(int status, HttpResponseHeaders headers)
    {
        if (status is >= 200 and < 300) return new WebhookOutcome.Delivered(status);
        if (status == 410) return new WebhookOutcome.Gone(status, "HTTP 410");
        if (headers.TryGetValues("webhook-delivery", out var wishes)
            && wishes.FirstOrDefault(w => w is "abort-message" or "disable") is { } wish)
        {
            return new WebhookOutcome.Gone(status, $"HTTP {status} with webhook-delivery: {wish}");
        }

        var reason = status is >= 300 and < 400 ? $"HTTP {status}; redirects are not followed" : $"HTTP {status}";
        return new WebhookOutcome.Retry(status, reason, RetryAfterHeader.Read(headers, time.GetUtcNow()));
    }

    private void Log(string id, WebhookOutcome outcome, long milliseconds)
    {
        switch (outcome)
        {
            case WebhookOutcome.Delivered delivered:
                LogDelivered(id, delivered.Status, milliseconds);
                break;
            case WebhookOutcome.Retry retry:
                LogRetry(id, retry.Reason, milliseconds);
                break;
            case WebhookOutcome.Gone gone:
                LogGone(id, gone.Reason, milliseconds);
                break;
            default:
                throw new UnreachableException();
        }
    }

    [LoggerMessage(3200, LogLevel.Information, "Webhook {MessageId} was delivered: HTTP {Status} after {Milliseconds} ms.")]
    private partial void LogDelivered(string messageId, int status, long milliseconds);

    [LoggerMessage(3201, LogLevel.Information, "Webhook {MessageId} was not delivered: {Reason} after {Milliseconds} ms.")]
    private partial void LogRetry(string messageId, string reason, long milliseconds);

    [LoggerMessage(3202, LogLevel.Information, "Webhook {MessageId} is not wanted: {Reason} after {Milliseconds} ms.")]
    private partial void LogGone(string messageId, string reason, long milliseconds);
}
