using OviFunctions.Jobs;
using OviFunctions.Storage;

namespace OviFunctions.Payments.Ledger;

/// <summary>The ledger as one record an entry, by day. The same event has the same name, so the first writer's entry stays.</summary>
public sealed class BlobLedger(IRecordStore records) : ILedger
{
    /// <inheritdoc/>
    public Task RecordAsync(LedgerEntry entry, CancellationToken cancellationToken) =>
        records.TryCreateAsync(RecordNames.Ledger(entry.At.UtcDateTime, NameOf(entry)), entry, cancellationToken);

    private static string NameOf(LedgerEntry entry) =>
        string.Join('-', new[] { entry.JobId, entry.Type.ToString(), entry.Transaction, entry.LogIndex?.ToString(System.Globalization.CultureInfo.InvariantCulture), entry.Detail }
            .Where(part => part is not null));
}
