using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Activities;

/// <summary>Starts a job's refund as an orchestration of its own: it may take days, and the job has ended.</summary>
public sealed class StartRefund
{
    [Function(nameof(StartRefund))]
    public Task Run([ActivityTrigger] RefundInput refund, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        RefundStarter.StartAsync(client, refund, cancellationToken);
}
