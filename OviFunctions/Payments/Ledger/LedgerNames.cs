using System.Globalization;

namespace OviFunctions.Payments.Ledger;

/// <summary>An entry as its name under its day tells it, so that totals need no reading.</summary>
/// <param name="Name">The record's name.</param>
public sealed record LedgerLine(string Name, LedgerEntryType Type, string JobId, long AmountAtomic, string? Transaction);

/// <summary>The names of entries.</summary>
internal static class LedgerNames
{
    private const string None = "-";

    /// <summary>
    /// The name under the job, the same however often the event is recorded. A settlement is one a job, also when a
    /// reorganisation put it into another transaction.
    /// </summary>
    public static string OfEvent(LedgerEntry entry) => entry.Type == LedgerEntryType.Settled
        ? nameof(LedgerEntryType.Settled)
        : string.Join('-', new[] { entry.Type.ToString(), entry.Transaction, entry.LogIndex?.ToString(CultureInfo.InvariantCulture), entry.Detail }
            .Where(part => part is not null));

    /// <summary>The name under the day: type, job, amount, transaction, and the event's name.</summary>
    public static string InDay(LedgerEntry entry) => string.Create(
        CultureInfo.InvariantCulture, $"{entry.Type}/{entry.JobId}/{entry.AmountAtomic}/{entry.Transaction ?? None}/{OfEvent(entry)}");

    /// <param name="record">A record's whole name.</param>
    /// <param name="start">How many of its characters name the day.</param>
    public static LedgerLine Parse(string record, int start) => record[start..].Split('/', 5) is [var type, var job, var amount, var transaction, _]
        ? new LedgerLine(record, Enum.Parse<LedgerEntryType>(type), job, long.Parse(amount, CultureInfo.InvariantCulture), transaction == None ? null : transaction)
        : throw new FormatException($"{record} is not the name of a ledger entry.");
}
