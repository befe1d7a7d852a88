using OviFunctions.Jobs;
using OviFunctions.Payments.Ledger;
using OviFunctions.Sales;
using OviFunctions.Storage;

namespace OviFunctions.Payments.Reconciliation;

/// <summary>How many events of a type a day had, and their sum: atomic units, for costs millionths of a dollar.</summary>
public sealed record TypeTotal(int Count, long AmountAtomic);

/// <param name="Day">UTC.</param>
/// <param name="Totals">By type, <c>settled</c> and so on.</param>
/// <param name="UnmatchedCount">What the day's reconciliation found; null while the day has not been reconciled.</param>
public sealed record DayTotals(DateOnly Day, IReadOnlyDictionary<string, TypeTotal> Totals, int? UnmatchedCount);

/// <param name="State"><c>open</c> or <c>paused</c>.</param>
public sealed record SalesView(string State, string? Reason, DateTimeOffset? Since);

/// <summary>Something that the operator should look at.</summary>
public sealed record Alarm(string Code, string Message, string? JobId = null);

/// <summary>Paid jobs of which it is not decided yet where their money stays; the oldest by name, as many as the limit.</summary>
public sealed record PendingView(int Count, IReadOnlyList<string> Jobs);

/// <summary>What the operator sees of the money.</summary>
public sealed record PaymentsView
{
    public required DateOnly From { get; init; }

    public required DateOnly To { get; init; }

    public required SalesView Sales { get; init; }

    /// <summary>How far the chain has been watched; null before the first time.</summary>
    public required WatchCursor? Watch { get; init; }

    public required IReadOnlyList<Alarm> Alarms { get; init; }

    public required PendingView Pending { get; init; }

    public required IReadOnlyList<DayTotals> Days { get; init; }

    /// <summary>Transfers that nothing explains yet.</summary>
    public required IReadOnlyList<Unmatched> Unmatched { get; init; }

    public required IReadOnlyList<LedgerEntry> Entries { get; init; }

    /// <summary>Where the next page of entries begins; null on the last.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>Puts together what the operator sees.</summary>
public sealed class PaymentsOverview(
    IRecordStore records, LedgerReader ledger, SalesSwitch sales, TimeProvider clock, ReconciliationRun? watch = null)
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(15);

    /// <param name="after">The name of the last entry of the page before; null for the first page.</param>
    /// <param name="limit">How many entries, unmatched transfers and pending jobs at most.</param>
    public async Task<PaymentsView> ReadAsync(DateOnly from, DateOnly to, string? after, int limit, CancellationToken cancellationToken)
    {
        var days = new List<DayTotals>();
        var page = new List<LedgerLine>();
        var blocked = new List<string>();
        var alarms = new List<Alarm>();
        for (var day = from; day <= to; day = day.AddDays(1))
        {
            var totals = new SortedDictionary<string, TypeTotal>(StringComparer.Ordinal);
            await foreach (var line in ledger.LinesAsync(day, type: null, cancellationToken))
            {
                var type = Http.Codes.Of(line.Type);
                var sum = totals.GetValueOrDefault(type, new TypeTotal(0, 0));
                totals[type] = new TypeTotal(sum.Count + 1, sum.AmountAtomic + line.AmountAtomic);
                if (line.Type == LedgerEntryType.RefundBlocked && blocked.Count < limit) blocked.Add(line.JobId);
                if (page.Count <= limit && string.CompareOrdinal(line.Name, after) > 0) page.Add(line);
            }

            var report = (await records.ReadAsync<DayReport>(RecordNames.DayReport(day), cancellationToken))?.Value;
            if (report is { UnmatchedCount: > 0 and var count })
                alarms.Add(new Alarm("day_differs", FormattableString.Invariant($"Ledger and chain did not agree about {day:yyyy-MM-dd} in {count} points.")));
            days.Add(new DayTotals(day, totals, report?.UnmatchedCount));
        }

        var state = await sales.ReadAsync(cancellationToken);
        if (state.PausedFor is not null) alarms.Add(new Alarm("sales_paused", $"Sales are paused: {state.PausedFor}"));
        var cursor = watch is null ? null : await watch.CursorAsync(cancellationToken);
        if (watch is not null && (cursor is null || clock.GetUtcNow() - cursor.LookedAt > LongestSilence))
            alarms.Add(new Alarm("chain_not_watched", "The chain has not been read for more than 15 minutes."));
        foreach (var jobId in blocked)
        {
            if (!await IsRefundedAsync(jobId, cancellationToken)) alarms.Add(new Alarm("refund_blocked", "A refund is owed and cannot be paid.", jobId));
        }

        var unmatched = await UnmatchedAsync(from, to, limit, cancellationToken);
        if (unmatched.Count > 0) alarms.Add(new Alarm("unmatched", "The chain shows transfers that no entry of the ledger explains."));
        return new PaymentsView
        {
            From = from,
            To = to,
            Sales = View(state),
            Watch = cursor,
            Alarms = alarms,
            Pending = await PendingAsync(limit, cancellationToken),
            Days = days,
            Unmatched = unmatched,
            Entries = await Task.WhenAll(page.Take(limit).Select(line => ledger.ReadAsync(line.Name, cancellationToken))),
            NextCursor = page.Count > limit ? page[limit - 1].Name : null,
        };
    }

    internal static SalesView View(SalesState state) => new(
        state.PausedFor is null ? "open" : "paused", state.PausedFor, state.At == DateTimeOffset.MinValue ? null : state.At);

    private async Task<PendingView> PendingAsync(int limit, CancellationToken cancellationToken)
    {
        var (count, jobs) = (0, new List<string>());
        await foreach (var (name, _) in records.ListAsync(RecordNames.Unsettleds, cancellationToken))
        {
            if (count++ < limit) jobs.Add(name[RecordNames.Unsettleds.Length..]);
        }

        return new PendingView(count, jobs);
    }

    private async Task<List<Unmatched>> UnmatchedAsync(DateOnly from, DateOnly to, int limit, CancellationToken cancellationToken)
    {
        var open = new List<Unmatched>();
        for (var day = from; day <= to && open.Count < limit; day = day.AddDays(1))
        {
            await foreach (var (name, _) in records.ListAsync(RecordNames.Unmatched(day, ""), cancellationToken))
            {
                if (open.Count == limit) break;
                if (await records.ReadAsync<Unmatched>(name, cancellationToken) is { Value: var item } && !await IsExplainedAsync(item, day, cancellationToken))
                    open.Add(item);
            }
        }

        return open;
    }

    /// <summary>A refund that was recorded, or paid, only after its transfer was listed.</summary>
    private async Task<bool> IsExplainedAsync(Unmatched item, DateOnly day, CancellationToken cancellationToken) => item.Kind switch
    {
        UnmatchedKind.TransferOut => await ledger.RefundsByAsync(item.Transaction!, day, day.AddDays(1), cancellationToken).AnyAsync(cancellationToken),
        UnmatchedKind.NoOrder => await IsRefundedAsync(item.JobId!, cancellationToken),
        _ => false,
    };

    private async Task<bool> IsRefundedAsync(string jobId, CancellationToken cancellationToken) =>
        (await ledger.OfJobAsync(jobId, cancellationToken)).Any(entry => entry.Type == LedgerEntryType.Refunded);
}
