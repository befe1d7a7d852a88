using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace OviFunctions.DevStack.Simulators;

/// <summary>A provider's webhooks.</summary>
/// <param name="BodyOf">What it tells about a job that ended, under an id.</param>
/// <param name="Sign">Adds the signature's headers.</param>
/// <param name="NewId">A new job's id.</param>
internal sealed record WebhookProtocol(Func<SimulatedJob, string, JsonObject> BodyOf, WebhookSignature Sign, Func<string> NewId);

/// <summary>Signs a webhook about a job; with a key that nobody knows when <paramref name="forged"/>.</summary>
internal delegate void WebhookSignature(HttpRequestHeaders headers, string id, byte[] body, bool forged);

/// <summary>Delivers a job's webhook: a 2xx ends it, a redirect ends it too, everything else is tried again.</summary>
internal sealed class SimulatorCallbackSender(
    SimulatorOptions options, HttpClient http, WebhookProtocol protocol, CallLog<SimulatorCallback> log)
{
    public async Task SendAsync(SimulatedJob job, CancellationToken stopping)
    {
        if (job.Webhook is not { } url || job.End is null || job.Fault.Webhook == WebhookFault.Lost) return;
        if (job.Fault.Webhook == WebhookFault.Late)
            await Task.Delay(TimeSpan.FromMilliseconds(job.Fault.LateMilliseconds), TimeProvider.System, stopping);
        for (var copies = job.Fault.Webhook == WebhookFault.Duplicate ? 2 : 1; copies > 0; copies--)
            await DeliverAsync(job, url, stopping);
    }

    private async Task DeliverAsync(SimulatedJob job, Uri url, CancellationToken stopping)
    {
        for (var attempt = 1; ; attempt++)
        {
            var status = await PostAsync(job, url, stopping);
            log.Add(new SimulatorCallback(job.Id, url, attempt, status));
            if (status is >= 200 and < 400 || attempt > options.WebhookRetryDelays.Count) return;
            await Task.Delay(options.WebhookRetryDelays[attempt - 1], TimeProvider.System, stopping);
        }
    }

    private async Task<int?> PostAsync(SimulatedJob job, Uri url, CancellationToken stopping)
    {
        var id = job.Fault.Webhook == WebhookFault.ForAnotherJob ? protocol.NewId() : job.Id;
        var body = Encoding.UTF8.GetBytes(protocol.BodyOf(job, id).ToJsonString());
        using var message = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (job.Fault.Webhook != WebhookFault.NotSigned)
            protocol.Sign(message.Headers, id, body, job.Fault.Webhook == WebhookFault.Forged);

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
}
