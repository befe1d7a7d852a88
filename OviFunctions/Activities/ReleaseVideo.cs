using Microsoft.Azure.Functions.Worker;
using OviFunctions.Jobs;
using OviFunctions.OnDelivery;
using OviFunctions.Payments.Evm;
using OviFunctions.Storage;

namespace OviFunctions.Activities;

/// <param name="JobId">The locked job.</param>
/// <param name="Payer">Who owed it.</param>
/// <param name="Transaction">What paid for it.</param>
public sealed record ReleaseVideoInput(string JobId, EvmAddress Payer, string Transaction);

/// <summary>Makes a locked job a delivered one, after its money came by another authorization.</summary>
public sealed class ReleaseVideo(IRecordStore records, Debtors debtors, TimeProvider clock)
{
    [Function(nameof(ReleaseVideo))]
    public async Task Run([ActivityTrigger] ReleaseVideoInput input, CancellationToken cancellationToken)
    {
        var name = RecordNames.Outcome(input.JobId);
        while (await records.ReadAsync<OutcomeRecord>(name, cancellationToken) is { } stored && UnlockOrder.IsLocked(stored.Value))
        {
            // The links to it live from now on.
            var delivered = stored.Value with { Outcome = JobOutcome.Delivered, Error = null, Transaction = input.Transaction, At = clock.GetUtcNow() };
            await records.TryReplaceAsync(name, delivered, stored.Version, cancellationToken);
        }

        await debtors.RemoveAsync(input.Payer, input.JobId, cancellationToken);
    }
}
