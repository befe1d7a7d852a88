using Microsoft.DurableTask.Client;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Refunds;
using OviFunctions.Tests.Functions;
using OviFunctions.Tests.Payments.Chain;
using OviFunctions.Tests.Payments.Reconciliation;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Refunds;

/// <summary>Refunds that the operator paid himself: his word is believed when a safe block shows it.</summary>
public sealed class RefundPaymentsTests
{
    private readonly OperatorBench _bench = new();

    [Fact]
    public async Task Record_TransferToThePayerInASafeBlock_IsRecordedOnceAndEndsTheRefund()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        var transaction = Pay(150, 420_001);

        for (var i = 0; i < 2; i++)
        {
            var answer = await _bench.PaidAsync(jobId, transaction.ToUpperInvariant().Replace("0X", "0x", StringComparison.Ordinal));
            Assert.Equal((200, transaction, 420_001), (
                answer.Status, answer.Json.GetProperty("transaction").GetString(), answer.Json.GetProperty("amount_atomic").GetInt64()));
        }

        var entry = Assert.Single(await _bench.Store.Ledger.OfJobAsync(jobId, default), e => e.Type == LedgerEntryType.Refunded);
        Assert.Equal(
            (420_001, transaction, 150ul, "operator", $"{jobId}/Settled", DateTimeOffset.FromUnixTimeSeconds((long)ScriptedNode.TimeOf(150))),
            (entry.AmountAtomic, entry.Transaction, entry.Block, entry.Counterparty, entry.LinkedEntry, entry.At));
        Assert.NotNull(await _bench.Store.Records.ReadAsync<RefundPayment>(RecordNames.RefundPayment(jobId), default));
        Assert.All(_bench.Store.Client.Events, e => Assert.Equal(("refund_" + jobId, JobEvents.RetryRefund), (e.InstanceId, e.Event)));
        Assert.Equal(2, _bench.Store.Client.Events.Count);
    }

    [Theory]
    [InlineData(419_999, 150ul, false)] // too little
    [InlineData(420_000, 201ul, false)] // not safe yet
    [InlineData(420_000, 99ul, false)] // before the payment
    [InlineData(420_000, 150ul, true)] // to somebody else
    public async Task Record_TransferThatIsNoRefund_Is409AndNothingIsRecorded(long amount, ulong block, bool toAnother)
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        var transaction = Pay(block, amount, toAnother ? Samples.Merchant : Samples.Buyer.Address);
        var before = _bench.Store.Records.Names;

        var answer = await _bench.PaidAsync(jobId, transaction);

        Assert.Equal((409, "not_a_refund"), (answer.Status, answer.Json.GetProperty("code").GetString()));
        Assert.Equal(before, _bench.Store.Records.Names);
        Assert.Empty(_bench.Store.Client.Events);
    }

    [Fact]
    public async Task Record_TransferThatWasAnotherRefund_IsNotTakenTwice()
    {
        var first = await _bench.RefundOfAStrangersPaymentAsync(1);
        var second = await _bench.RefundOfAStrangersPaymentAsync(2, block: 210);
        await _bench.Store.LookAsync(300);
        var transaction = Pay(290, 420_000);
        Assert.Equal(200, (await _bench.PaidAsync(first, transaction)).Status);

        Assert.Equal(409, (await _bench.PaidAsync(second, transaction)).Status);

        // Two transfers of one transaction are two refunds.
        _bench.Store.Node.Transfer(290, 9, Bytes32.Parse(transaction), Samples.Merchant, Samples.Buyer.Address, 420_000);
        Assert.Equal(200, (await _bench.PaidAsync(second, transaction)).Status);
    }

    [Fact]
    public async Task Record_TwoTransactionsAtOnce_OneIsTheRefund()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        var (slow, fast) = (Pay(150, 420_000), Pay(160, 420_000));
        _bench.Store.Records.Before = async (_, name) =>
        {
            if (name != RecordNames.RefundPayment(jobId) || !_bench.Store.Records.Names.Any(n => n.StartsWith("refund-transfers/", StringComparison.Ordinal))) return;
            _bench.Store.Records.Before = null;
            Assert.Equal(200, (await _bench.PaidAsync(jobId, fast)).Status);
        };

        var answer = await _bench.PaidAsync(jobId, slow);

        Assert.Equal((409, "already_refunded"), (answer.Status, answer.Json.GetProperty("code").GetString()));
        Assert.Equal(fast, Assert.Single(await _bench.Store.Ledger.OfJobAsync(jobId, default), e => e.Type == LedgerEntryType.Refunded).Transaction);
    }

    [Fact]
    public async Task Record_TransferOfAnAutomaticRefund_IsNotTakenForAnother()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        await _bench.Store.RefundAsync(150, WatchBench.JobIdOf(7), entered: 420_000);

        Assert.Equal(409, (await _bench.PaidAsync(jobId, ScriptedNode.Transaction(150, 9).ToString())).Status);
    }

    [Fact]
    public async Task Record_RefundedAlready_Is409()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        await _bench.Store.RefundAsync(150, jobId, entered: 420_000);

        var answer = await _bench.PaidAsync(jobId, Pay(160, 420_000));

        Assert.Equal((409, "already_refunded"), (answer.Status, answer.Json.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Record_NodeDown_Is503()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        _bench.Store.Node.Fault = (_, _) => (System.Net.HttpStatusCode.BadGateway, "");

        Assert.Equal(503, (await _bench.PaidAsync(jobId, JobSamples.Transaction)).Status);
    }

    [Theory]
    [InlineData("0x12")]
    [InlineData("")]
    public async Task Record_NoTransaction_Is400(string transaction) =>
        Assert.Equal(400, (await _bench.PaidAsync(await _bench.RefundOfAStrangersPaymentAsync(1), transaction)).Status);

    [Fact]
    public async Task Record_SignedAlready_NoVoucherIsShownAnyMore_AndTheOpenSignatureIsNamedWhileItCanPay()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        var signed = await SignAsync(jobId, validBefore: ScriptedNode.TimeOf(300));
        var transaction = Pay(150, 420_000);

        for (var i = 0; i < 2; i++)
        {
            var open = (await _bench.PaidAsync(jobId, transaction)).Json.GetProperty("open_authorization");
            Assert.Equal(
                (signed.From.ToChecksumString(), signed.Nonce.ToString(), (long)ScriptedNode.TimeOf(300)),
                (open.GetProperty("from").GetString(), open.GetProperty("nonce").GetString(), open.GetProperty("valid_before").GetInt64()));
        }

        var record = (await _bench.Book.ReadAsync(jobId, default))!;
        Assert.Equal((RefundState.Refunded, transaction), (record.State, record.Transaction));
        Assert.DoesNotContain("valid_before", System.Text.Json.JsonSerializer.Serialize(
            (await _bench.Store.Records.ReadAsync<RefundPayment>(RecordNames.RefundPayment(jobId), default))!.Value, OviFunctions.Http.ApiJson.Options), StringComparison.Ordinal);
        (_bench.Store.Node.Head, _bench.Store.Node.Safe) = (310, 300);
        Assert.False((await _bench.PaidAsync(jobId, transaction)).Json.TryGetProperty("open_authorization", out _));
    }

    [Fact]
    public async Task Record_SignatureIsCancelled_IsNotNamed()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        var signed = await SignAsync(jobId, validBefore: ScriptedNode.TimeOf(300));
        _bench.Store.Node.Cancel(160, 1, ScriptedNode.Transaction(160, 1), signed);

        Assert.False((await _bench.PaidAsync(jobId, Pay(150, 420_000))).Json.TryGetProperty("open_authorization", out _));
    }

    [Fact]
    public async Task Record_RefundThatBroke_BeginsAnewToTellTheBuyer()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        _bench.Store.Client.Set("refund_" + jobId, status: null, OrchestrationRuntimeStatus.Failed);

        Assert.Equal(200, (await _bench.PaidAsync(jobId, Pay(150, 420_000))).Status);

        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await _bench.Store.Client.GetInstanceAsync("refund_" + jobId))!.RuntimeStatus);
    }

    [Fact]
    public async Task Record_TwoTransactionsAtOnce_OneIsTaken()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        var (first, second) = (Pay(150, 420_000), Pay(160, 420_000));
        _bench.Store.Records.Before = async (call, name) =>
        {
            if (call != RecordCall.Create || name != RecordNames.RefundPayment(jobId)) return;
            _bench.Store.Records.Before = null;
            Assert.Equal(200, (await _bench.PaidAsync(jobId, first)).Status);
        };

        Assert.Equal((409, "already_refunded"), await StatusAsync(second));

        Assert.Equal(first, Assert.Single(await _bench.Store.Ledger.OfJobAsync(jobId, default), e => e.Type == LedgerEntryType.Refunded).Transaction);

        async Task<(int, string?)> StatusAsync(string transaction)
        {
            var answer = await _bench.PaidAsync(jobId, transaction);
            return (answer.Status, answer.Json.GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task Record_RefundOfAnotherJobThatIsNotRecordedYet_IsNotTaken()
    {
        var first = await _bench.RefundOfAStrangersPaymentAsync(1);
        var transaction = ScriptedNode.Transaction(150, 0xab);
        _bench.Store.Node.Settle(150, 2, transaction, RefundOf(WatchBench.JobIdOf(7), ScriptedNode.TimeOf(300)));

        Assert.Equal(409, (await _bench.PaidAsync(first, transaction.ToString())).Status);

        _bench.Store.Node.Settle(160, 2, ScriptedNode.Transaction(160, 0xab), RefundOf(first, ScriptedNode.TimeOf(300)));
        Assert.Equal(200, (await _bench.PaidAsync(first, ScriptedNode.Transaction(160, 0xab).ToString())).Status);
    }

    [Fact]
    public async Task Record_CrashAfterTheTransferWasTaken_TheRepeatGoesOn()
    {
        var jobId = await _bench.RefundOfAStrangersPaymentAsync(1);
        var transaction = Pay(150, 420_000);
        _bench.Store.Records.After = (_, name) => name.StartsWith("refund-transfers/", StringComparison.Ordinal) ? throw new IOException("killed") : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => _bench.PaidAsync(jobId, transaction));
        _bench.Store.Records.After = null;

        Assert.Equal(200, (await _bench.PaidAsync(jobId, transaction)).Status);
    }

    private static TransferAuthorization RefundOf(string jobId, ulong validBefore) =>
        new(WatchBench.RefundWallet, Samples.Buyer.Address, 420_000, 0, validBefore, RefundRecord.NonceOf(jobId));

    private async Task<TransferAuthorization> SignAsync(string jobId, ulong validBefore)
    {
        var refund = (await _bench.Store.Client.GetInstanceAsync("refund_" + jobId, getInputsAndOutputs: true))!.ReadInputAs<RefundInput>()!;
        var signed = Samples.Stranger.Sign(RefundOf(jobId, validBefore), EvmNetwork.Base.UsdcDomain);
        Assert.True(await _bench.Book.SignAsync(refund, null, signed, 100, default));
        return signed.Transfer;
    }

    private string Pay(ulong block, long amount, EvmAddress? to = null)
    {
        var transaction = ScriptedNode.Transaction(block, 0xab);
        _bench.Store.Node.Transfer(block, 3, transaction, Samples.Merchant, to ?? Samples.Buyer.Address, (ulong)amount);
        return transaction.ToString();
    }
}
