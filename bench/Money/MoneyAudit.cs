using System.Globalization;
using System.Text.Json;
using OviFunctions.Payments.Ledger;
using OviFunctions.Storage;

namespace OviFunctions.Bench.Money;

/// <summary>A transfer of USDC, as the chain logged it.</summary>
internal sealed record MoneyTransfer(string From, string To, long Amount, string Transaction, long LogIndex)
{
    // Transfer(address indexed from, address indexed to, uint256 value)
    private const string Topic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

    public static MoneyTransfer? Of(JsonElement log)
    {
        var topics = log.GetProperty("topics");
        if (topics[0].GetString() != Topic) return null;
        return new MoneyTransfer(
            Address(topics[1]), Address(topics[2]), Number(log.GetProperty("data")), log.GetProperty("transactionHash").GetString()!,
            Number(log.GetProperty("logIndex")));

        static string Address(JsonElement word) => "0x" + word.GetString()![26..];

        static long Number(JsonElement hex) => long.Parse(hex.GetString()!.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}

/// <summary>Compares what buyers were told, what the chain shows and what the ledger says.</summary>
internal static class MoneyAudit
{
    /// <summary>What is not as it should be.</summary>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(
        MoneyWorld world, IReadOnlyCollection<MoneyResult> results, CancellationToken cancellationToken)
    {
        var logs = await world.Stack.Chain!.Rpc.GetUsdcLogsAsync(world.FirstBlock, cancellationToken);
        var transfers = logs.Select(MoneyTransfer.Of).OfType<MoneyTransfer>().ToList();
        var came = transfers.Where(transfer => transfer.To == world.Peers.PayTo.Address).ToList();
        var went = transfers.Where(transfer => transfer.From == world.Peers.Refunds.Address).ToList();
        return
        [
            .. results.SelectMany(result => OfOrder(result, came, went)),
            .. await OfLedgerAsync(world, LedgerEntryType.Settled, came, cancellationToken),
            .. await OfLedgerAsync(world, LedgerEntryType.Refunded, went, cancellationToken),
        ];
    }

    /// <summary>Entry by entry, and so to the unit.</summary>
    private static async Task<IEnumerable<string>> OfLedgerAsync(
        MoneyWorld world, LedgerEntryType type, List<MoneyTransfer> transfers, CancellationToken cancellationToken)
    {
        var ledger = new LedgerReader(new BlobRecordStore(world.Records));
        var entries = new List<MoneyTransfer>();
        for (var day = world.FirstDay; day <= DateOnly.FromDateTime(world.Time.GetUtcNow().UtcDateTime); day = day.AddDays(1))
        {
            await foreach (var entry in ledger.EntriesAsync(day, cancellationToken))
            {
                if (entry.Type != type) continue;
                entries.Add(new MoneyTransfer(
                    entry.From!.ToLowerInvariant(), entry.To!.ToLowerInvariant(), entry.AmountAtomic, entry.Transaction!, (long)entry.LogIndex!.Value));
            }
        }

        return
        [
            .. transfers.Except(entries).Select(transfer => $"{type} in no entry of the ledger: {transfer}"),
            .. entries.Except(transfers).Select(entry => $"{type} in the ledger and not on the chain: {entry}"),
            .. entries.CountBy(entry => entry).Where(entry => entry.Value > 1).Select(entry => $"{type} twice in the ledger: {entry.Key}"),
        ];
    }

    private static IEnumerable<string> OfOrder(MoneyResult result, List<MoneyTransfer> came, List<MoneyTransfer> went)
    {
        var payer = result.Order.Payer.Address;
        var paid = came.Where(transfer => transfer.From == payer).Sum(transfer => transfer.Amount);
        var back = went.Where(transfer => transfer.To == payer).Sum(transfer => transfer.Amount);
        var isRight = result.End switch
        {
            MoneyEnd.Delivered => (paid, back) == (MoneyOrder.Price, 0),
            MoneyEnd.Refunded => (paid, back) == (MoneyOrder.Price, MoneyOrder.Price),
            // Money that came after the order was turned away went back.
            _ => paid == back && paid is 0 or MoneyOrder.Price,
        };
        if (!isRight)
            yield return $"Order {result.Order.Number} ({result.Case}) ended as {result.End}, but paid {paid} and got back {back}. It was told: {result.Said}";
        if (result.Case.Operation == Operation.Refund && result.End != MoneyEnd.Refunded)
            yield return $"Order {result.Order.Number} ({result.Case}) was to be refunded, and ended as {result.End}.";
    }
}
