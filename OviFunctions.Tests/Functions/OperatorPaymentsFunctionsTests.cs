using System.Text.Json;
using OviFunctions.Jobs;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Reconciliation;
using OviFunctions.Tests.Payments.Chain;
using OviFunctions.Tests.Payments.Reconciliation;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>What the operator reads about the money.</summary>
public sealed class OperatorPaymentsFunctionsTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds((long)ScriptedNode.TimeOf(100));

    private readonly OperatorBench _bench = new();

    [Fact]
    public async Task Payments_SomeDays_HaveTotalsByTypeAndTheEntries()
    {
        await EnterAsync(LedgerEntryType.Settled, 1, 420_000);
        await EnterAsync(LedgerEntryType.Settled, 2, 100_000);
        await EnterAsync(LedgerEntryType.ProviderCost, 1, 200_000);
        await EnterAsync(LedgerEntryType.Settled, 3, 7, days: -1);
        await EnterAsync(LedgerEntryType.Settled, 4, 9, days: -7); // a day too early

        var view = (await GetAsync("")).Json;

        var today = view.GetProperty("days").EnumerateArray().Last();
        Assert.Equal((2, 520_000), Total(today, "settled"));
        Assert.Equal((1, 200_000), Total(today, "provider_cost"));
        Assert.Equal((1, 7), Total(view.GetProperty("days")[5], "settled"));
        Assert.Equal(7, view.GetProperty("days").GetArrayLength());
        Assert.Equal(4, view.GetProperty("entries").GetArrayLength());
        Assert.Equal("open", view.GetProperty("sales").GetProperty("state").GetString());
        Assert.False(view.TryGetProperty("next_cursor", out _));
    }

    [Fact]
    public async Task Payments_Pages_HaveEveryEntryOnce()
    {
        for (byte nonce = 1; nonce <= 7; nonce++) await EnterAsync(LedgerEntryType.Settled, nonce, nonce, days: -(nonce % 3));
        var seen = new List<long>();
        string? cursor = null;
        do
        {
            var page = (await GetAsync($"?limit=2&cursor={cursor}")).Json;
            seen.AddRange(page.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("amount_atomic").GetInt64()));
            Assert.Equal(7, page.GetProperty("days").EnumerateArray().Where(day => day.GetProperty("totals").TryGetProperty("settled", out _)).Sum(day => Total(day, "settled").Count));
            cursor = page.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(1, 7).Select(i => (long)i), seen.Order());
    }

    [Theory]
    [InlineData("?from=yesterday")]
    [InlineData("?from=2026-11-20&to=2026-11-19")]
    [InlineData("?from=2026-01-01&to=2026-12-31")]
    [InlineData("?to=9999-12-31")]
    [InlineData("?limit=0")]
    [InlineData("?limit=1001")]
    [InlineData("?limit=-1")]
    [InlineData("?cursor=%%%")]
    [InlineData("?cursor=Y2xhaW1zLw")] // claims/
    public async Task Payments_QueryThatIsWrong_Is400(string query) => Assert.Equal(400, (await GetAsync(query)).Status);

    [Fact]
    public async Task Payments_WhatNeedsTheOperator_IsAnAlarm()
    {
        await _bench.Store.LookAsync(90);
        await EnterAsync(LedgerEntryType.RefundBlocked, 1, 420_000);
        await EnterAsync(LedgerEntryType.RefundBlocked, 2, 420_000);
        await EnterAsync(LedgerEntryType.Refunded, 2, 420_000); // it was paid in the end
        await _bench.Sales.PauseAsync("a brake", default);
        _bench.Store.Node.Transfer(100, 4, ScriptedNode.Transaction(100, 4), Tests.Payments.Samples.Buyer.Address, Tests.Payments.Samples.Merchant, 5);
        await _bench.Store.LookAsync(200);
        await _bench.Store.Records.TryCreateAsync(RecordNames.Unsettled(WatchBench.JobIdOf(3)), new AliasRecord("x"), default);

        var view = (await GetAsync("")).Json;

        Assert.Equal(
            ["refund_blocked", "sales_paused", "unmatched"],
            view.GetProperty("alarms").EnumerateArray().Select(alarm => alarm.GetProperty("code").GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal(WatchBench.JobIdOf(1), view.GetProperty("alarms").EnumerateArray().Single(a => a.TryGetProperty("job_id", out _)).GetProperty("job_id").GetString());
        Assert.Equal(("paused", "a brake"), (view.GetProperty("sales").GetProperty("state").GetString(), view.GetProperty("sales").GetProperty("reason").GetString()));
        Assert.Equal("plain_transfer", view.GetProperty("unmatched")[0].GetProperty("kind").GetString());
        Assert.Equal((1, WatchBench.JobIdOf(3)), (view.GetProperty("pending").GetProperty("count").GetInt32(), view.GetProperty("pending").GetProperty("jobs")[0].GetString()));
        Assert.Equal(200, view.GetProperty("watch").GetProperty("block").GetInt32());
    }

    [Theory]
    [InlineData(14, false)]
    [InlineData(16, true)]
    public async Task Payments_ChainNotLookedAtForLong_IsAnAlarm(int minutes, bool alarm)
    {
        await _bench.Store.LookAsync(90);
        _bench.Store.Clock.Advance(TimeSpan.FromMinutes(minutes));

        Assert.Equal(alarm, (await GetAsync("")).Text.Contains("chain_not_watched", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Payments_DayThatDiffered_IsAnAlarm()
    {
        var day = DateOnly.FromDateTime(Start.UtcDateTime);
        await _bench.Store.Records.TryCreateAsync(RecordNames.DayReport(day), new DayReport
        {
            Day = day, MadeAt = Start, FromBlock = 0, EndBlock = 1, ChainInAtomic = 1, ChainOutAtomic = 0, SettledAtomic = 0, RefundedAtomic = 0,
            Unmatched = [], UnmatchedCount = 3,
        }, default);

        var view = (await GetAsync("")).Json;

        Assert.Contains("in 3 points", view.GetProperty("alarms").ToString(), StringComparison.Ordinal);
        Assert.Equal(3, view.GetProperty("days").EnumerateArray().Last().GetProperty("unmatched_count").GetInt32());
    }

    [Fact]
    public async Task Payments_RefundThatCameAfterItsTransferWasListed_IsNotUnmatchedAnyMore()
    {
        await _bench.Store.LookAsync(90);
        await _bench.Store.RefundAsync(100, WatchBench.JobIdOf(1));
        var stranger = await _bench.RefundOfAStrangersPaymentAsync(2, block: 110);
        await _bench.Store.LookAsync(200);
        Assert.Equal(2, (await GetAsync("")).Json.GetProperty("unmatched").GetArrayLength());

        await EnterAsync(LedgerEntryType.Refunded, 1, 420_000, transaction: ScriptedNode.Transaction(100, 9).ToString());
        await EnterAsync(LedgerEntryType.Refunded, 2, 420_000);

        Assert.Equal(0, (await GetAsync("")).Json.GetProperty("unmatched").GetArrayLength());
        Assert.Equal(stranger, WatchBench.JobIdOf(2));
    }

    [Fact]
    public async Task Csv_Entries_AreLinesUnderTheHeader()
    {
        await EnterAsync(LedgerEntryType.Settled, 1, 420_000);
        await EnterAsync(LedgerEntryType.ProviderCost, 1, 200_000, counterparty: "=fal,1");

        var answer = await OperatorBench.CallAsync(request => Task.FromResult(_bench.Payments.Csv(request, default)));

        Assert.Equal((200, "text/csv; charset=utf-8; header=present", "no-store"), (answer.Status, answer.Header("Content-Type"), answer.Header("Cache-Control")));
        Assert.Contains(".csv", answer.Header("Content-Disposition"), StringComparison.Ordinal);
        var lines = answer.Text.Split("\r\n");
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("time_utc,type,job,", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"'=fal,1\"", lines[1], StringComparison.Ordinal);
        Assert.Contains(",settled,", lines[2], StringComparison.Ordinal);
        Assert.Equal("", lines[3]);
    }

    [Fact]
    public async Task Csv_QueryThatIsWrong_Is400() => Assert.Equal(400, (await OperatorBench.CallAsync(
        request => Task.FromResult(_bench.Payments.Csv(request, default)), path: "/?from=2024-01-01&to=2026-01-01")).Status);

    private Task EnterAsync(
        LedgerEntryType type, byte nonce, long amount, int days = 0, string? transaction = null, string? counterparty = null) =>
        _bench.Store.Writer.RecordAsync(new LedgerEntry
        {
            Type = type, JobId = WatchBench.JobIdOf(nonce), At = Start.AddDays(days), AmountAtomic = amount, Transaction = transaction, Counterparty = counterparty,
        }, default);

    private Task<HttpExchange> GetAsync(string query) =>
        OperatorBench.CallAsync(request => _bench.Payments.PaymentsAsync(request, default), path: "/" + query);

    private static (int Count, long Amount) Total(JsonElement day, string type) =>
        (day.GetProperty("totals").GetProperty(type).GetProperty("count").GetInt32(), day.GetProperty("totals").GetProperty(type).GetProperty("amount_atomic").GetInt64());
}
