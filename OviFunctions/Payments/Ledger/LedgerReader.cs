using System.Runtime.CompilerServices;
using OviFunctions.Jobs;
using OviFunctions.Storage;

namespace OviFunctions.Payments.Ledger;

/// <summary>Reads the ledger: by day, by type and day, or by job.</summary>
public sealed class LedgerReader(IRecordStore records)
{
    private const int ReadsAtOnce = 16;

    /// <summary>The entries of a day in the order of their names, as far as these tell them.</summary>
    /// <param name="type">Only of this type; null for all.</param>
    public async IAsyncEnumerable<LedgerLine> LinesAsync(
        DateOnly day, LedgerEntryType? type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var start = RecordNames.LedgerOfDay(day, "");
        await foreach (var (name, _) in records.ListAsync(type is { } only ? $"{start}{only}/" : start, cancellationToken))
            yield return LedgerNames.Parse(name, start.Length);
    }

    /// <summary>The entries of a day, whole.</summary>
    public async IAsyncEnumerable<LedgerEntry> EntriesAsync(DateOnly day, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var lines in LinesAsync(day, type: null, cancellationToken).Chunk(ReadsAtOnce).WithCancellation(cancellationToken))
        {
            foreach (var entry in await Task.WhenAll(lines.Select(line => ReadAsync(line.Name, cancellationToken)))) yield return entry;
        }
    }

    /// <summary>All entries of a job.</summary>
    public async Task<IReadOnlyList<LedgerEntry>> OfJobAsync(string jobId, CancellationToken cancellationToken)
    {
        var entries = new List<LedgerEntry>();
        await foreach (var (name, _) in records.ListAsync(RecordNames.LedgerOfJob(jobId, ""), cancellationToken))
            entries.Add(await ReadAsync(name, cancellationToken));
        return entries;
    }

    /// <summary>What a job's payment brought in; null when nothing did.</summary>
    public async Task<LedgerEntry?> SettlementOfAsync(string jobId, CancellationToken cancellationToken) =>
        (await records.ReadAsync<LedgerEntry>(RecordNames.LedgerOfJob(jobId, nameof(LedgerEntryType.Settled)), cancellationToken))?.Value;

    /// <summary>The refunds that a transaction paid, recorded on the days from its own to another.</summary>
    public async IAsyncEnumerable<LedgerLine> RefundsByAsync(
        string transaction, DateOnly from, DateOnly to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var day = from; day <= to; day = day.AddDays(1))
        {
            await foreach (var line in LinesAsync(day, LedgerEntryType.Refunded, cancellationToken))
            {
                if (line.Transaction == transaction) yield return line;
            }
        }
    }

    internal async Task<LedgerEntry> ReadAsync(string name, CancellationToken cancellationToken) =>
        (await records.ReadAsync<LedgerEntry>(name, cancellationToken))?.Value
        ?? throw new InvalidOperationException($"The entry {name} was there and is gone.");
}
