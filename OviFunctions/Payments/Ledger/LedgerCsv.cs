using System.Buffers;
using System.Globalization;
using OviFunctions.Http;
using OviFunctions.Jobs;

namespace OviFunctions.Payments.Ledger;

/// <summary>The ledger for spreadsheets: RFC 4180, one line an entry.</summary>
internal static class LedgerCsv
{
    public const string Header =
        "time_utc,type,job,chain,asset,amount_atomic,transaction,log_index,block,from,to,counterparty,provider_cost_usd,detail,linked_entry\r\n";

    /// <summary>What a spreadsheet takes for a formula when a text begins with it (OWASP, CSV injection).</summary>
    private static readonly SearchValues<char> FormulaStarts = SearchValues.Create("=+-@\t\r");

    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    public static string LineOf(LedgerEntry entry)
    {
        var isCost = entry.Type == LedgerEntryType.ProviderCost;
        return string.Join(',', new[]
        {
            entry.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            Codes.Of(entry.Type),
            entry.JobId,
            entry.Network,
            entry.Asset,
            isCost ? null : entry.AmountAtomic.ToString(CultureInfo.InvariantCulture),
            entry.Transaction,
            entry.LogIndex?.ToString(CultureInfo.InvariantCulture),
            entry.Block?.ToString(CultureInfo.InvariantCulture),
            entry.From,
            entry.To,
            entry.Counterparty,
            isCost ? Usdc.FromAtomic(entry.AmountAtomic).ToString(CultureInfo.InvariantCulture) : null,
            entry.Detail,
            entry.LinkedEntry,
        }.Select(Field)) + "\r\n";
    }

    /// <summary>A field: never a formula, and quoted where it has to be.</summary>
    internal static string Field(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        if (FormulaStarts.Contains(text[0])) text = "'" + text;
        return text.AsSpan().ContainsAny(Quoted) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
