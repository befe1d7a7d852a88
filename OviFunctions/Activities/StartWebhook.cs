using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Hosting;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Orchestrations;

namespace OviFunctions.Activities;

/// <summary>Which event of which job, and the job's status at that moment.</summary>
public sealed record StartWebhookInput(VideoJobInput Job, string EventType, DateTimeOffset At, JobStatus Status)
{
    /// <summary>The input without the buyer's texts: webhooks do not repeat them, and a job's history has them once.</summary>
    public static StartWebhookInput From(VideoJobInput job, string eventType, DateTimeOffset at, JobStatus status) =>
        new(job with { Request = job.Request with { Prompt = "", NegativePrompt = "", AudioNegativePrompt = "" } }, eventType, at, status);
}

/// <summary>
/// Starts the delivery of one event as an orchestration of its own: an un-awaited sub-orchestration would hold the job
/// open until the receiver answers.
/// </summary>
public sealed class StartWebhook(JobResources resources, BatchReader batches)
{
    [Function(nameof(StartWebhook))]
    public async Task Run([ActivityTrigger] StartWebhookInput input, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var job = await batches.WithItemsAsync(client, new JobView(input.Job, input.Status), cancellationToken);
        await StartAsync(client, input.Job, input.EventType, input.At, resources.Make(job), cancellationToken);
    }

    internal static Task StartAsync(
        DurableTaskClient client, VideoJobInput job, string eventType, DateTimeOffset at, JobResource resource, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.Serialize(
            new { type = eventType, timestamp = at, data = new JobEnvelope(resource.ForWebhook()) }, ApiJson.Options);
        var messageId = $"msg_{job.JobId}_{eventType.Replace('.', '_')}";
        var hook = new HookInput(messageId, job.JobId, job.KeyId, job.Request.WebhookUrl!, body);
        return client.TryStartAsync(nameof(WebhookOrchestrator), JobIds.Hook(job.JobId, eventType), hook, cancellationToken);
    }
}
