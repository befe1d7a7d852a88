using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Payments.Refunds;
using OviFunctions.Sales;

namespace OviFunctions.Activities;

/// <summary>
/// Starts a job's refund as an orchestration of its own: it may take days, and the job has ended. It counts for the wallet
/// from now on, not when it is paid: until then the wallet could order again and again.
/// </summary>
public sealed class StartRefund(RefundBrake brake)
{
    [Function(nameof(StartRefund))]
    public async Task Run([ActivityTrigger] RefundInput refund, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        await RefundStarter.StartAsync(client, refund, cancellationToken);
        await brake.CountAsync(refund.Incoming.From, refund.JobId, cancellationToken);
    }
}
