using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Payments.Reconciliation;

namespace OviFunctions.Functions;

/// <summary>Follows the chain for money that no order explains, and compares each day's ledger with it.</summary>
/// <remarks>Without payment settings there is no chain to follow, and <c>Operator:WatchChain</c> may be off.</remarks>
public sealed partial class ReconcileFunction(ILogger<ReconcileFunction> logger, ReconciliationRun? reconciliation = null)
{
    [Function("Reconcile")]
    public async Task RunAsync(
        [TimerTrigger("30 */2 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (reconciliation is not null && await reconciliation.RunAsync(client, cancellationToken) is { } failure) NotRead(logger, failure.Reason);
    }

    [LoggerMessage(1621, LogLevel.Warning, "The chain could not be compared with the ledger, which is tried again: {Reason}.")]
    private static partial void NotRead(ILogger logger, string reason);
}
