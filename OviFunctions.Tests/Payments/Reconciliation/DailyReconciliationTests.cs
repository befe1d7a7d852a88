using OviFunctions.Jobs;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Reconciliation;
using OviFunctions.Tests.Payments.Chain;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Payments.Reconciliation.WatchBench;

namespace OviFunctions.Tests.Payments.Reconciliation;

/// <summary>The chain's blocks 0 to about 20,000 are on one day, the later ones on the next.</summary>
public sealed class DailyReconciliationTests
{
    private static readonly DateOnly Day = DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds((long)ScriptedNode.TimeOf(0)).UtcDateTime);

    private static readonly ulong NextDay =
        ((ulong)new DateTimeOffset(Day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds() - ScriptedNode.Genesis) / 2;

    private readonly WatchBench _bench = new();

    [Fact]
    public async Task Run_DayIsOver_SumsAgreeAndTheReportIsMadeOnce()
    {
        await StartAsync();
        await SellAsync(100, 1);
        await SellAsync(NextDay - 1, 2);
        await SellAsync(NextDay, 3); // the next day's
        await _bench.RefundAsync(200, JobIdOf(1), entered: 420_000);
        await CatchUpAsync();

        var report = await ReportAsync();

        Assert.Equal((840_000, 840_000, 420_000, 420_000), (report.ChainInAtomic, report.SettledAtomic, report.ChainOutAtomic, report.RefundedAtomic));
        Assert.Empty(report.Unmatched);
        Assert.Equal((51ul, NextDay), (report.FromBlock, report.EndBlock));
        await _bench.Daily.RunAsync(default);
        Assert.Null(await _bench.Records.ReadAsync<DayReport>(RecordNames.DayReport(Day.AddDays(1)), default));
    }

    [Fact]
    public async Task Run_WhatCameBeforeWatchingBegan_IsNotCompared()
    {
        // The address had a life before it belonged to this store.
        _bench.Pay(47, nonce: 1);
        await StartAsync();
        await SellAsync(51, 2);
        await CatchUpAsync();

        var report = await ReportAsync();

        Assert.Empty(report.Unmatched);
        Assert.Equal(420_000, report.ChainInAtomic);
    }

    [Fact]
    public async Task Run_DayIsNotOver_ThereIsNoReport()
    {
        await StartAsync();
        await _bench.LookAsync(NextDay - 1);

        await _bench.Daily.RunAsync(default);

        Assert.DoesNotContain(RecordNames.DayReport(Day), _bench.Records.Names);
    }

    [Fact]
    public async Task Run_WhatDoesNotMatch_IsListed()
    {
        await StartAsync();
        _bench.Node.Transfer(100, 4, ScriptedNode.Transaction(100, 4), Samples.Buyer.Address, Samples.Merchant, 5);
        await _bench.RefundAsync(200, JobIdOf(1));
        await _bench.RefundAsync(300, JobIdOf(2), amount: 420_000, entered: 419_999);
        await EnterAsync("0x0404040404040404040404040404040404040404040404040404040404040404", block: 400);
        await CatchUpAsync();

        var report = await ReportAsync();

        Assert.Equal(
            [UnmatchedKind.PlainTransfer, UnmatchedKind.TransferOut, UnmatchedKind.OtherAmount, UnmatchedKind.EntryWithoutTransfer],
            report.Unmatched.Select(item => item.Kind));
        Assert.Equal(4, report.UnmatchedCount);
    }

    [Fact]
    public async Task Run_RefundThatTheOperatorPaidFromElsewhere_IsProvenByItsOwnTransfer()
    {
        await StartAsync();
        var transaction = ScriptedNode.Transaction(400, 1);
        _bench.Node.Transfer(400, 2, transaction, Samples.Merchant, Samples.Buyer.Address, 420_000);
        await EnterAsync(transaction.ToString(), block: 400);
        await CatchUpAsync();

        Assert.Empty((await ReportAsync()).Unmatched);
    }

    private Task StartAsync() => _bench.LookAsync(50);

    private async Task SellAsync(ulong block, byte nonce)
    {
        await _bench.ClaimAsync(JobSamples.PaidJobOf(nonce));
        _bench.Pay(block, nonce);
    }

    private Task EnterAsync(string transaction, ulong block) => _bench.Writer.RecordAsync(new LedgerEntry
    {
        Type = LedgerEntryType.Refunded,
        JobId = JobIdOf(7),
        At = DateTimeOffset.FromUnixTimeSeconds((long)ScriptedNode.TimeOf(block)),
        AmountAtomic = 420_000,
        Transaction = transaction,
        Block = block,
        To = Samples.Buyer.Address.ToChecksumString(),
    }, default);

    private async Task CatchUpAsync()
    {
        for (var run = 0; run < 5; run++) Assert.Null(await _bench.LookAsync(NextDay + 100));
    }

    private async Task<DayReport> ReportAsync()
    {
        Assert.Null(await _bench.Daily.RunAsync(default));
        return (await _bench.Records.ReadAsync<DayReport>(RecordNames.DayReport(Day), default))!.Value;
    }
}
