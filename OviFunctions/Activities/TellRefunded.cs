using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;

namespace OviFunctions.Activities;

/// <summary>Starts the webhook that tells the buyer of his refund, if he wanted webhooks.</summary>
public sealed class TellRefunded(JobReader jobs, JobResources resources, BatchReader batches)
{
    [Function(nameof(TellRefunded))]
    public async Task Run([ActivityTrigger] string jobId, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        // A payment without an order has nobody to tell.
        if (await jobs.ReadAsync(client, jobId, cancellationToken) is not { Input.Request.WebhookUrl: not null, Refund: { } refund } job) return;
        await StartWebhook.StartAsync(client, job.Input, WebhookEvents.Refunded, refund.At, resources.Make(await batches.WithItemsAsync(client, job, cancellationToken)), cancellationToken);
    }
}
