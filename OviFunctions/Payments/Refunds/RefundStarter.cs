using Microsoft.DurableTask.Client;
using OviFunctions.Hosting;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;

namespace OviFunctions.Payments.Refunds;

/// <summary>Starts refunds: one orchestration a job, however often and by whomever it is asked for.</summary>
public static class RefundStarter
{
    /// <summary>Starts the job's refund unless there is one.</summary>
    public static Task StartAsync(DurableTaskClient client, RefundInput refund, CancellationToken cancellationToken) =>
        client.TryStartAsync(nameof(RefundOrchestrator), JobIds.Refund(refund.JobId), refund, cancellationToken);
}
