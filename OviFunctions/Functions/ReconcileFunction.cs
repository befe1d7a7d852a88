using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Configuration;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Reconciliation;

namespace OviFunctions.Functions;

/// <summary>Follows the chain for money that no order explains, and compares each day's ledger with it.</summary>
/// <remarks>Without payment settings there is no chain to follow.</remarks>
public sealed partial class ReconcileFunction(
    OviSettings settings, ILogger<ReconcileFunction> logger, MoneyWatch? watch = null, DailyReconciliation? daily = null)
{
    [Function("Reconcile")]
    public async Task RunAsync(
        [TimerTrigger("30 */2 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (!settings.Operator.WatchChain || watch is null || daily is null) return;
        Report(await watch.RunAsync(client, cancellationToken));
        Report(await daily.RunAsync(cancellationToken));
    }

    private void Report(ChainFailure? failure)
    {
        if (failure is not null) NotRead(logger, failure.Reason);
    }

    [LoggerMessage(1621, LogLevel.Warning, "The chain could not be compared with the ledger, which is tried again: {Reason}.")]
    private static partial void NotRead(ILogger logger, string reason);
}
