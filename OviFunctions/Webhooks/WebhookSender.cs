using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;

namespace OviFunctions.Webhooks;

/// <summary>
/// Makes one attempt to deliver a webhook. Of what the receiver answers only the status and two headers count; the body
/// is not read.
/// </summary>
/// <param name="http">
/// The client that guards what leaves (public addresses only), follows no redirect and adds no credentials. Its handler's
/// <see cref="SocketsHttpHandler.MaxResponseDrainSize"/> bounds what is swallowed of an answer to use the connection again.
/// </param>
/// <param name="time">The clock of timestamps and time-outs.</param>
/// <param name="logger">Receives ids and outcomes, no URL and no body.</param>
public sealed partial class WebhookSender(HttpClient http, TimeProvider time, ILogger<WebhookSender> logger)
{
    /// <summary>How long a receiver may take; the specification recommends 15 to 30 seconds.</summary>
    public static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(20);

    /// <exception cref="ArgumentException">
    /// The body is longer than <see cref="WebhookMessage.MaxBodyBytes"/>, or the message cannot be signed.
    /// </exception>
    public async Task<WebhookOutcome> SendAsync(WebhookMessage message, CancellationToken cancellationToken)
    {
        if (message.Body.Length > WebhookMessage.MaxBodyBytes)
        {
            throw new ArgumentException(
                $"A webhook has at most {WebhookMessage.MaxBodyBytes} bytes, not {message.Body.Length}.", nameof(message));
        }

        using var request = Sign(message);
        var started = time.GetTimestamp();
        var outcome = await PostAsync(request, cancellationToken);
        Log(message.Id, outcome, (long)time.GetElapsedTime(started).TotalMilliseconds);
        return outcome;
    }

    private HttpRequestMessage Sign(WebhookMessage message)
    {
        var now = time.GetUtcNow();
        var request = new HttpRequestMessage(HttpMethod.Post, message.Url) { Content = new ReadOnlyMemoryContent(message.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("OviFunctions-Webhooks", "1.0"));
        request.Headers.Add(StandardWebhook.IdHeader, message.Id);
        request.Headers.Add(StandardWebhook.TimestampHeader, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(StandardWebhook.SignatureHeader, StandardWebhook.Sign(message.Id, now, message.Body.Span, message.Secrets));
        return request;
    }

    private async Task<WebhookOutcome> PostAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return Judge(response);
        }
        catch (HttpRequestException e)
        {
            return new WebhookOutcome.Retry(null, $"connection failed ({e.HttpRequestError})");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebhookOutcome.Retry(null, $"no answer within {AttemptTimeout.TotalSeconds:0} s");
        }
    }

    private WebhookOutcome Judge(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode) return new WebhookOutcome.Delivered(status);
        if (status == 410) return new WebhookOutcome.Gone(status, "HTTP 410");
        if (response.Headers.TryGetValues("webhook-delivery", out var wishes)
            && wishes.FirstOrDefault(w => w is "abort-message" or "disable") is { } wish)
        {
            return new WebhookOutcome.Gone(status, $"HTTP {status} with webhook-delivery: {wish}");
        }

        var reason = status is >= 300 and < 400 ? $"HTTP {status}; redirects are not followed" : $"HTTP {status}";
        return new WebhookOutcome.Retry(status, reason, RetryAfterHeader.Read(response.Headers, time.GetUtcNow()));
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
