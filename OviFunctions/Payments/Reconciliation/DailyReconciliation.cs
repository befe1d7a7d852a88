using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Ledger;
using OviFunctions.Storage;

namespace OviFunctions.Payments.Reconciliation;

/// <summary>
/// Compares each day's ledger with the day's Transfer logs (payments.md section 8), once the day is over in a safe block and
/// has been watched to its end. The report is made from these two alone.
/// </summary>
public sealed partial class DailyReconciliation(
    IRecordStore records, IChainReader chain, TransferLog transfers, MoneyWatch watch, LedgerReader ledger, TimeProvider clock,
    ILogger<DailyReconciliation> logger)
{
    private const int MostListed = 1000;

    /// <summary>Makes the oldest report that is due.</summary>
    /// <returns>Why the chain could not be read; null when it was, or nothing was due.</returns>
    public async Task<ChainFailure?> RunAsync(CancellationToken cancellationToken)
    {
        if (await watch.CursorAsync(cancellationToken) is not { } cursor) return null;
        var last = DateOnly.FromDateTime(cursor.BlockTime.UtcDateTime).AddDays(-1);
        for (var day = DateOnly.FromDateTime(cursor.Since.UtcDateTime); day <= last; day = day.AddDays(1))
        {
            if (await records.ReadAsync<DayReport>(RecordNames.DayReport(day), cancellationToken) is not null) continue;
            if (!(await MakeAsync(day, cursor.Since, cursor.Block!.Value, cancellationToken)).TryGet(out var report, out var failure)) return failure;
            await records.TryCreateAsync(RecordNames.DayReport(day), report, cancellationToken);
            if (report.UnmatchedCount == 0) Matches(logger, day, report.ChainInAtomic, report.ChainOutAtomic);
            else Differs(logger, day, report.UnmatchedCount);
            return null;
        }

        return null;
    }

    /// <param name="day">A day that is over.</param>
    /// <param name="since">When watching began: what the address got before is no business of the ledger's.</param>
    /// <param name="head">A block after its end.</param>
    private async Task<ChainRead<DayReport>> MakeAsync(DateOnly day, DateTimeOffset since, ulong head, CancellationToken cancellationToken)
    {
        var (begin, over) = (SecondsOf(day), SecondsOf(day.AddDays(1)));
        if (!(await FirstBlockAsync(Math.Max(begin, (ulong)since.ToUnixTimeSeconds() + 1), head, cancellationToken)).TryGet(out var from, out var failure)) return failure;
        if (!(await FirstBlockAsync(over, head, cancellationToken)).TryGet(out var end, out failure)) return failure;
        ChainTransfer[] incoming = [], outgoing = [];
        if (from < end)
        {
            if (!(await transfers.IncomingAsync(from, end - 1, cancellationToken)).TryGet(out incoming!, out failure)) return failure;
            if (!(await transfers.OutgoingAsync(from, end - 1, cancellationToken)).TryGet(out outgoing!, out failure)) return failure;
        }

        var at = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        var unmatched = new List<Unmatched>();
        foreach (var transfer in incoming)
        {
            if (await ExplainAsync(transfer, at, cancellationToken) is { } unexplained) unmatched.Add(unexplained);
        }

        foreach (var transfer in outgoing)
        {
            var refunds = await ledger.RefundsByAsync(transfer.Transaction.ToString(), day, day, cancellationToken)
                .ToArrayAsync(cancellationToken);
            if (refunds.Length == 0) unmatched.Add(Unmatched.Of(UnmatchedKind.TransferOut, transfer, at));
            else if (refunds.All(refund => refund.AmountAtomic != transfer.AmountAtomic))
                unmatched.Add(Unmatched.Of(UnmatchedKind.OtherAmount, transfer, at, refunds[0].JobId));
        }

        var shown = incoming.Concat(outgoing).Select(t => t.Transaction.ToString()).ToHashSet(StringComparer.Ordinal);
        var (settled, refunded) = (0L, 0L);
        await foreach (var entry in ledger.EntriesAsync(day, cancellationToken))
        {
            if (entry.Type is not (LedgerEntryType.Settled or LedgerEntryType.Refunded)) continue;
            if (entry.Type == LedgerEntryType.Settled) settled += entry.AmountAtomic;
            else refunded += entry.AmountAtomic;
            if (entry.Transaction is { } transaction && shown.Contains(transaction)) continue;
            if (!(await IsOnChainAsync(entry, head, cancellationToken)).TryGet(out var isThere, out failure)) return failure;
            if (!isThere) unmatched.Add(Unmatched.Of(entry));
        }

        return new DayReport
        {
            Day = day,
            MadeAt = clock.GetUtcNow(),
            FromBlock = from,
            EndBlock = end,
            ChainInAtomic = incoming.Sum(t => t.AmountAtomic),
            ChainOutAtomic = outgoing.Sum(t => t.AmountAtomic),
            SettledAtomic = settled,
            RefundedAtomic = refunded,
            Unmatched = [.. unmatched.Take(MostListed)],
            UnmatchedCount = unmatched.Count,
        };
    }

    private async Task<Unmatched?> ExplainAsync(ChainTransfer transfer, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (transfers.JobIdOf(transfer) is not { } jobId) return Unmatched.Of(UnmatchedKind.PlainTransfer, transfer, at);
        var entry = await ledger.SettlementOfAsync(jobId, cancellationToken);
        return entry is null ? Unmatched.Of(UnmatchedKind.NoOrder, transfer, at, jobId)
            : entry.AmountAtomic != transfer.AmountAtomic ? Unmatched.Of(UnmatchedKind.OtherAmount, transfer, at, jobId)
            : null;
    }

    /// <summary>Whether an entry's transfer is there although not among the day's: paid from another wallet, or recorded on another day.</summary>
    private async Task<ChainRead<bool>> IsOnChainAsync(LedgerEntry entry, ulong head, CancellationToken cancellationToken)
    {
        if (entry is not { Block: { } block, To: { } to } || block > head) return false;
        return (await transfers.ReceivedAsync(EvmAddress.Parse(to), block, block, cancellationToken)).TryGet(out var received, out var failure)
            ? received.Any(t => t.Transaction.ToString() == entry.Transaction && t.AmountAtomic == entry.AmountAtomic)
            : failure;
    }

    private static ulong SecondsOf(DateOnly day) => (ulong)new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds();

    /// <summary>The first block at or after a time, by halving; <paramref name="head"/> + 1 when there is none.</summary>
    private async Task<ChainRead<ulong>> FirstBlockAsync(ulong time, ulong head, CancellationToken cancellationToken)
    {
        var (low, high) = (0UL, head + 1);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (!(await chain.BlockAsync(middle, cancellationToken)).TryGet(out var block, out var failure)) return failure;
            if (block.Timestamp < time) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    [LoggerMessage(1611, LogLevel.Information, "Ledger and chain agree about {Day}: {In} atomic units came in, {Out} went back.")]
    private static partial void Matches(ILogger logger, DateOnly day, long @in, long @out);

    [LoggerMessage(1612, LogLevel.Error, "Ledger and chain do not agree about {Day} in {Count} points: GET /v1/operator/payments lists them.")]
    private static partial void Differs(ILogger logger, DateOnly day, int count);
}
