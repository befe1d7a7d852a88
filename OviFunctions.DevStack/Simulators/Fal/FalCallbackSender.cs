using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace OviFunctions.DevStack.Simulators.Fal;

/// <summary>Delivers a job's webhook as fal does: a 2xx ends it, a redirect ends it too, everything else is tried again.</summary>
internal sealed class FalCallbackSender(FalSimulatorOptions options, HttpClient http, FalSigner signer, CallLog<SimulatorCallback> log)
{
    public async Task SendAsync(FalJob job, CancellationToken stopping)
    {
        if (job.Webhook is not { } url || job.Answer is not { } answer || job.Fault.Webhook == WebhookFault.Lost) return;
        if (job.Fault.Webhook == WebhookFault.Late)
            await Task.Delay(TimeSpan.FromMilliseconds(job.Fault.LateMilliseconds), TimeProvider.System, stopping);
        for (var copies = job.Fault.Webhook == WebhookFault.Duplicate ? 2 : 1; copies > 0; copies--)
            await DeliverAsync(job, answer, url, stopping);
    }

    private async Task DeliverAsync(FalJob job, FalAnswer answer, Uri url, CancellationToken stopping)
    {
        for (var attempt = 1; ; attempt++)
        {
            var status = await PostAsync(job, answer, url, stopping);
            log.Add(new SimulatorCallback(job.Id, url, attempt, status));
            if (status is >= 200 and < 400 || attempt > options.WebhookRetryDelays.Count) return;
            await Task.Delay(options.WebhookRetryDelays[attempt - 1], TimeProvider.System, stopping);
        }
    }

    private async Task<int?> PostAsync(FalJob job, FalAnswer answer, Uri url, CancellationToken stopping)
    {
        var requestId = job.Fault.Webhook == WebhookFault.ForAnotherJob ? FalSimulator.NewRequestId() : job.Id;
        var body = Encoding.UTF8.GetBytes(BodyOf(requestId, answer).ToJsonString());
        using var message = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (job.Fault.Webhook != WebhookFault.NotSigned)
            signer.Sign(message.Headers, requestId, options.UserId, body, job.Fault.Webhook == WebhookFault.Forged);

        using var deadline = new CancellationTokenSource(options.WebhookTimeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        try
        {
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return (int)response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            return null;
        }
    }

    private static JsonObject BodyOf(string requestId, FalAnswer answer)
    {
        var body = new JsonObject
        {
            ["request_id"] = requestId,
            ["gateway_request_id"] = requestId,
            ["status"] = answer.IsFailure ? "ERROR" : "OK",
        };
        if (answer.IsFailure) body["error"] = $"Invalid status code: {answer.Status}";
        body["payload"] = answer.Body.DeepClone();
        return body;
    }
}
