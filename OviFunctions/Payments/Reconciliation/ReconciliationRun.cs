using Microsoft.DurableTask.Client;
using OviFunctions.Payments.Chain;

namespace OviFunctions.Payments.Reconciliation;

/// <summary>One look at the chain: what has moved since the last one, and the report of a day that is over.</summary>
public sealed class ReconciliationRun(MoneyWatch watch, DailyReconciliation daily)
{
    /// <summary>How far the chain has been watched; null before the first time.</summary>
    public Task<WatchCursor?> CursorAsync(CancellationToken cancellationToken) => watch.CursorAsync(cancellationToken);

    /// <returns>Why the chain could not be read; null when it was.</returns>
    public async Task<ChainFailure?> RunAsync(DurableTaskClient client, CancellationToken cancellationToken) =>
        await watch.RunAsync(client, cancellationToken) ?? await daily.RunAsync(cancellationToken);
}
