using System.Globalization;
using System.Text.Json;

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
        return [.. results.SelectMany(result => OfOrder(result, came, went))];
    }

    private static IEnumerable<string> OfOrder(MoneyResult result, List<MoneyTransfer> came, List<MoneyTransfer> went)
    {
        var payer = result.Order.Payer.Address;
        var paid = came.Where(transfer => transfer.From == payer).Sum(transfer => transfer.Amount);
        var back = went.Where(transfer => transfer.To == payer).Sum(transfer => transfer.Amount);
        var (shouldBePaid, shouldBeBack) = result.End switch
        {
            MoneyEnd.Delivered => (MoneyOrder.Price, 0),
            MoneyEnd.Refunded => (MoneyOrder.Price, MoneyOrder.Price),
            _ => (0L, 0L),
        };
        if ((paid, back) != (shouldBePaid, shouldBeBack))
            yield return $"Order {result.Order.Number} ({result.Case}) ended as {result.End}, but paid {paid} and got back {back}. It was told: {result.Said}";
        if (result.Case.Operation == Operation.Refund && result.End != MoneyEnd.Refunded)
            yield return $"Order {result.Order.Number} ({result.Case}) was to be refunded, and ended as {result.End}.";
    }
}
