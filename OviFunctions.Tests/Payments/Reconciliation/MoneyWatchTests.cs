using System.Net;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Reconciliation;
using OviFunctions.Payments.Refunds;
using OviFunctions.Storage;
using OviFunctions.Tests.Payments.Chain;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Payments.Reconciliation.WatchBench;

namespace OviFunctions.Tests.Payments.Reconciliation;

/// <summary>Transfers to and from the store, each seen once in a safe block. Grace is 60 s, which are 30 blocks.</summary>
public sealed class MoneyWatchTests
{
    private readonly WatchBench _bench = new();

    [Fact]
    public async Task Run_FirstTime_BeginsAtTheSafeBlockAndSaysSo()
    {
        _bench.Pay(80, nonce: 1);

        Assert.Null(await _bench.LookAsync(90));
        Assert.Null(await _bench.LookAsync(200));

        Assert.Contains("from block 90 on", Assert.Single(_bench.Log.Lines), StringComparison.Ordinal);
        Assert.Empty(_bench.Client.InstanceIds);
        Assert.Equal(200ul, (await _bench.Watch.CursorAsync(default))!.Block);
    }

    [Fact]
    public async Task Run_PaymentWithoutAnOrder_GoesBackAfterTheGrace()
    {
        await _bench.LookAsync(90);
        var transfer = _bench.Pay(100, nonce: 1);

        await _bench.LookAsync(129); // 58 s: an order may be about to be claimed
        Assert.Empty(_bench.Client.InstanceIds);

        await _bench.LookAsync(130);
        var jobId = JobIdOf(transfer);
        Assert.Equal(["refund_" + jobId], _bench.Client.InstanceIds);
        var refund = await RefundOfAsync(jobId);
        Assert.Equal(
            (jobId, 420_000, RefundReason.NoOrder, 99ul), (refund.JobId, refund.AmountAtomic, refund.Reason, refund.AfterBlock));
        Assert.Equal(transfer with { ValidBefore = refund.Incoming.ValidBefore, ValidAfter = 0 }, refund.Incoming);
        Assert.True(refund.Incoming.ValidBefore > ScriptedNode.TimeOf(10_000_000));
        Assert.Equal((UnmatchedKind.NoOrder, jobId), (Assert.Single(await _bench.ListedAsync()).Kind, (await _bench.ListedAsync())[0].JobId));
        Assert.Equal(420_000, (await _bench.Ledger.SettlementOfAsync(jobId, default))!.AmountAtomic);
    }

    [Fact]
    public async Task Run_PaymentWithoutAnOrder_HasItsOutcomeBeforeItGoesBack()
    {
        // A request that hangs between its check and its claim finds it, and starts nothing.
        await _bench.LookAsync(90);
        var jobId = JobIdOf(_bench.Pay(100, nonce: 1));
        StoredRecord<OutcomeRecord>? before = null;
        _bench.Client.BeforeStart = async _ => before = await _bench.Records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(jobId), default);

        await _bench.LookAsync(200);

        Assert.Equal(
            (JobOutcome.RefundDue, 420_000, ScriptedNode.Transaction(100, 4).ToString(), Samples.Buyer.Address.ToString()),
            (before!.Value.Outcome, before.Value.AmountAtomic, before.Value.Transaction, before.Value.Payer));
    }

    [Theory]
    [InlineData(JobOutcome.Unpaid, true)]
    [InlineData(JobOutcome.Delivered, false)]
    [InlineData(JobOutcome.RefundDue, false)] // by its own refund
    [InlineData(null, false)]
    public async Task Run_PaymentOfAnOrderThatHasEnded_GoesBackWhenItEndedUnpaid(JobOutcome? ended, bool goesBack)
    {
        // Its nonce was signed once more, for a later time: nobody follows that.
        await _bench.LookAsync(90);
        _bench.Pay(100, nonce: 1);
        var job = JobSamples.PaidJobOf(1);
        await _bench.ClaimAsync(job);
        if (ended is { } outcome) await _bench.Records.TryCreateAsync(RecordNames.Outcome(job.JobId), JobSamples.OutcomeOf(job, outcome), default);

        await _bench.LookAsync(200);

        Assert.Equal(goesBack ? ["refund_" + job.JobId] : [], _bench.Client.InstanceIds);
        if (goesBack) Assert.Equal((RefundReason.LateMoney, 420_000), ((await RefundOfAsync(job.JobId)).Reason, (await RefundOfAsync(job.JobId)).AmountAtomic));
        Assert.Empty(await _bench.ListedAsync());
    }

    [Fact]
    public async Task Run_OrderIsClaimedWithinTheGrace_IsTheJobsBusiness()
    {
        await _bench.LookAsync(90);
        _bench.Pay(100, nonce: 1);
        await _bench.LookAsync(110);
        await _bench.ClaimAsync(JobSamples.PaidJobOf(1));

        await _bench.LookAsync(200);

        Assert.Empty(_bench.Client.InstanceIds);
        Assert.Empty(await _bench.ListedAsync());
        // What the job itself did not record, because it came late, is in the ledger all the same.
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds((long)ScriptedNode.TimeOf(100)), (await _bench.Ledger.SettlementOfAsync(JobIdOf(1), default))!.At);
    }

    [Fact]
    public async Task Run_SupersededClaim_GoesBack()
    {
        await _bench.LookAsync(90);
        _bench.Pay(100, nonce: 1);
        await _bench.ClaimAsync(JobSamples.PaidJobOf(1), supersededBy: JobSamples.KeyJobId);

        await _bench.LookAsync(200);

        Assert.Equal(["refund_" + JobIdOf(1)], _bench.Client.InstanceIds);
    }

    [Fact]
    public async Task Run_NonceOfAnOrderUsedForAnotherAmount_GoesBack()
    {
        // The payer signed one nonce twice: the order's own payment never comes.
        await _bench.LookAsync(90);
        _bench.Pay(100, nonce: 1, amount: 7);
        await _bench.ClaimAsync(JobSamples.PaidJobOf(1));

        await _bench.LookAsync(200);

        Assert.Equal(7, (await RefundOfAsync(JobIdOf(1))).AmountAtomic);
        Assert.Equal(7, (await _bench.Ledger.SettlementOfAsync(JobIdOf(1), default))!.AmountAtomic);
    }

    [Fact]
    public async Task Run_PlainTransfer_IsListedAndNotRefunded()
    {
        await _bench.LookAsync(90);
        _bench.Node.Transfer(100, 4, ScriptedNode.Transaction(100, 4), Samples.Buyer.Address, Samples.Merchant, 5);

        await _bench.LookAsync(101);
        await _bench.LookAsync(200);

        var listed = Assert.Single(await _bench.ListedAsync());
        Assert.Equal((UnmatchedKind.PlainTransfer, 5, 100ul, 4ul), (listed.Kind, listed.AmountAtomic, listed.Block, listed.LogIndex));
        Assert.Single(_bench.Log.Lines, line => line.Contains("PlainTransfer", StringComparison.Ordinal));
        Assert.Empty(_bench.Client.InstanceIds);
    }

    [Fact]
    public async Task Run_FiveNoncesAndOneTransfer_OnlyTheOneBeforeTheTransferPaid()
    {
        await _bench.LookAsync(90);
        var transaction = ScriptedNode.Transaction(100, 1);
        for (byte nonce = 1; nonce <= 5; nonce++) _bench.Node.Use(100, nonce, transaction, Samples.Transfer with { Nonce = Samples.Nonce(nonce) });
        _bench.Node.Transfer(100, 6, transaction, Samples.Buyer.Address, Samples.Merchant, 420_000);

        await _bench.LookAsync(200);

        Assert.Equal(["refund_" + JobIdOf(5)], _bench.Client.InstanceIds);
    }

    [Theory]
    [InlineData(4ul, false)] // not the log before
    [InlineData(5ul, true)] // another transaction's
    public async Task Run_AuthorizationThatIsNotTheTransfers_IsAPlainTransfer(ulong index, bool otherTransaction)
    {
        await _bench.LookAsync(90);
        _bench.Node.Use(100, index, ScriptedNode.Transaction(100, otherTransaction ? 2 : 1), Samples.Transfer);
        _bench.Node.Transfer(100, 6, ScriptedNode.Transaction(100, 1), Samples.Buyer.Address, Samples.Merchant, 420_000);

        await _bench.LookAsync(200);

        Assert.Equal(UnmatchedKind.PlainTransfer, Assert.Single(await _bench.ListedAsync()).Kind);
    }

    [Fact]
    public async Task Run_TransfersOfNothingAndToOthers_AreNobodysBusiness()
    {
        await _bench.LookAsync(90);
        _bench.Node.IgnoreFilter = true;
        _bench.Node.Transfer(100, 1, ScriptedNode.Transaction(100, 1), Samples.Buyer.Address, Samples.Merchant, 0);
        _bench.Node.Transfer(100, 3, ScriptedNode.Transaction(100, 2), Samples.Buyer.Address, Samples.Buyer.Address, 5);
        _bench.Node.Transfer(100, 5, ScriptedNode.Transaction(100, 3), Samples.Buyer.Address, Samples.Merchant, 5, token: Samples.Merchant);

        await _bench.LookAsync(200);

        Assert.Empty(await _bench.ListedAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_MoneyLeavesTheRefundWallet_IsListedUnlessARefundIsRecorded(bool recorded)
    {
        await _bench.LookAsync(90);
        await _bench.RefundAsync(100, JobIdOf(1), entered: recorded ? 420_000 : null);

        await _bench.LookAsync(110);
        Assert.Equal(recorded ? 110ul : 99ul, (await _bench.Watch.CursorAsync(default))!.Block); // it may be recorded in this moment

        await _bench.LookAsync(200);
        Assert.Equal(recorded ? [] : [UnmatchedKind.TransferOut], (await _bench.ListedAsync()).Select(item => item.Kind));
    }

    [Fact]
    public async Task Run_NodeFailsInBetween_NothingIsSkipped()
    {
        await _bench.LookAsync(90);
        _bench.Pay(100, nonce: 1);
        foreach (var method in new[] { "eth_getLogs", "eth_getBlockByNumber" })
        {
            _bench.Node.Fault = (called, _) => called == method ? (HttpStatusCode.BadGateway, "") : null;
            Assert.NotNull(await _bench.LookAsync(200));
        }

        _bench.Node.Fault = (_, _) => null;
        Assert.Equal(90ul, (await _bench.Watch.CursorAsync(default))!.Block);

        Assert.Null(await _bench.LookAsync(200));
        Assert.Single(_bench.Client.InstanceIds);
    }

    [Fact]
    public async Task Run_RefundCannotBeStarted_IsTriedAgain()
    {
        await _bench.LookAsync(90);
        _bench.Pay(100, nonce: 1);
        _bench.Client.BeforeStart = _ => throw new IOException("no engine");
        await Assert.ThrowsAsync<IOException>(() => _bench.LookAsync(200));
        _bench.Client.BeforeStart = null;

        await _bench.LookAsync(200);

        Assert.Single(_bench.Client.InstanceIds);
    }

    [Fact]
    public async Task Run_LongOutage_IsCaughtUpWithInSeveralRunsAndSteps()
    {
        await _bench.LookAsync(90);
        _bench.Node.MaxRange = 500;
        _bench.Pay(25_000, nonce: 1);

        await _bench.LookAsync(30_000);
        Assert.Equal(20_090ul, (await _bench.Watch.CursorAsync(default))!.Block);
        await _bench.LookAsync(30_000);

        Assert.Equal(30_000ul, (await _bench.Watch.CursorAsync(default))!.Block);
        Assert.Single(_bench.Client.InstanceIds);
    }

    [Fact]
    public async Task Run_NodeThatLagsBehind_ChangesNothing()
    {
        await _bench.LookAsync(90);

        Assert.Null(await _bench.LookAsync(80));

        Assert.Equal((90ul, _bench.Clock.GetUtcNow()), ((await _bench.Watch.CursorAsync(default))!.Block, (await _bench.Watch.CursorAsync(default))!.LookedAt));
    }

    private async Task<RefundInput> RefundOfAsync(string jobId) =>
        (await _bench.Client.GetInstanceAsync("refund_" + jobId, getInputsAndOutputs: true))!.ReadInputAs<RefundInput>()!;
}
