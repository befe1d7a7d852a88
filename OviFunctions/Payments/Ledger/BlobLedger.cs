using OviFunctions.Jobs;
using OviFunctions.Storage;

namespace OviFunctions.Payments.Ledger;

/// <summary>
/// The ledger as records, each entry twice: under its job, where the same event has the same name and the first writer's
/// entry stays; and under its day, for reports. The second follows from the first that stands, so that a repeat, even with
/// another time, adds nothing.
/// </summary>
public sealed class BlobLedger(IRecordStore records) : ILedger
{
    /// <inheritdoc/>
    public async Task RecordAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        if (entry is { Type: LedgerEntryType.RefundSigned or LedgerEntryType.Refunded or LedgerEntryType.RefundBlocked, LinkedEntry: null })
            entry = entry with { LinkedEntry = LedgerEntry.SettlementOf(entry.JobId) };
        var name = RecordNames.LedgerOfJob(entry.JobId, LedgerNames.OfEvent(entry));
        if (!await records.TryCreateAsync(name, entry, cancellationToken))
        {
            entry = (await records.ReadAsync<LedgerEntry>(name, cancellationToken))?.Value
                ?? throw new InvalidOperationException($"The entry {name} was there and is gone.");
        }

        var day = DateOnly.FromDateTime(entry.At.UtcDateTime);
        await records.TryCreateAsync(RecordNames.LedgerOfDay(day, LedgerNames.InDay(entry)), entry, cancellationToken);
    }
}
