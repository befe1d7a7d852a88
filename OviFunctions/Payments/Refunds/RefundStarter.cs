using Microsoft.DurableTask.Client;
using OviFunctions.Hosting;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;

namespace OviFunctions.Payments.Refunds;

/// <summary>Starts refunds: one orchestration a job, however often and by whomever it is asked for.</summary>
public static class RefundStarter
{
    /// <summary>
    /// Starts the job's refund unless there is one. One that failed or was terminated begins anew: what it did is in its records,
    /// and until it has come to its end the money is owed.
    /// </summary>
    public static Task StartAsync(DurableTaskClient client, RefundInput refund, CancellationToken cancellationToken) =>
        client.TryReplaceFailedAsync(nameof(RefundOrchestrator), JobIds.Refund(refund.JobId), refund, cancellationToken);
}
