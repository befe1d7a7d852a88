using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using OviFunctions.Activities;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Refunds;
using OviFunctions.Payments.X402;
using OviFunctions.Sales;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Payments.Chain;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Activities;

/// <summary>Signing, settling, proving and recording a refund, against a chain that a test writes.</summary>
public sealed class RefundActivitiesTests
{
    private const string FirstKey = "0x0101010101010101010101010101010101010101010101010101010101010101";
    private const string SecondKey = "0x0202020202020202020202020202020202020202020202020202020202020202";

    private static readonly EvmAddress First = AddressOf(FirstKey);
    private static readonly EvmAddress Second = AddressOf(SecondKey);

    private readonly ScriptedNode _node = new();
    private readonly ManualTimeProvider _clock = new(Samples.Now.UtcDateTime);
    private readonly MemoryRecordStore _records = new();
    private readonly Mock<IFacilitator> _facilitator = new();
    private readonly OviSettings _settings = TestSettings.Read(("Refunds:Wallets:0:PrivateKey", FirstKey), ("Refunds:Wallets:1:PrivateKey", SecondKey));
    private readonly RefundInput _refund = JobRefunds.Of(PaidJob(), null) with { AfterBlock = 10, AmountAtomic = 50_000 };

    [Fact]
    public void NonceOf_Job_IsKeccakOfTheFixedTextAndTheId() => Assert.Equal(
        "0x0f72ab75514a0afa2e077efbbf5eb7d10e60d03667ca9e7386665c2602ba5d92", RefundRecord.NonceOf("job_" + new string('a', 36)).ToString());

    [Fact]
    public async Task Sign_FreeNonce_RecordsEverythingBeforeItIsUsed()
    {
        Assert.Equal(new SignStep(SignState.Ready, 1), await ActivityBench.TwiceAsync(() => SignAsync()));

        var record = await RecordAsync();
        var transfer = record.Authorization!.Transfer;
        Assert.Equal(
            new TransferAuthorization(First, _refund.Incoming.From, 50_000, 0, ScriptedNode.TimeOf(90) + (30 * 86_400), RefundRecord.NonceOf(JobId)), transfer);
        Assert.Equal((RefundState.Pending, 1, 90UL), (record.State, record.Generation, record.AfterBlock));
        Assert.True(Recovers(record.Authorization));
        var entry = Assert.Single(await LedgerAsync());
        Assert.Equal((LedgerEntryType.RefundSigned, 50_000), (entry.Type, entry.AmountAtomic));
        Assert.DoesNotContain(record.Authorization.Signature[2..], JsonSerializer.Serialize(entry), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_RecordIsWrittenButItsAnswerLost_TheNextRunTakesIt()
    {
        _records.After = (call, name) => call == RecordCall.Create && name.StartsWith("refunds/", StringComparison.Ordinal)
            ? throw new IOException("The answer was lost.") : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => SignAsync());
        _records.After = null;
        var recorded = await RecordAsync();
        _node.Safe = 95;

        Assert.Equal(new SignStep(SignState.Ready, 1), await SignAsync());

        Assert.Equal(recorded, await RecordAsync());
        Assert.Single(await LedgerAsync());
    }

    [Fact]
    public async Task Sign_FirstIsSpent_SignsAnewWithTheSameNonce_FromTheSameWalletWhileItsNonceIsFree()
    {
        await SignAsync();
        var first = (await RecordAsync()).Authorization!;
        _node.Safe = 99;

        Assert.Equal(new SignStep(SignState.Ready, 2), await SignAsync(spent: 1));

        var second = (await RecordAsync()).Authorization!;
        Assert.Equal((first.Transfer.From, first.Transfer.Nonce), (second.Transfer.From, second.Transfer.Nonce));
        Assert.NotEqual(first.Signature, second.Signature);
    }

    [Fact]
    public async Task Sign_NonceWasCancelledInTheFirstWallet_TheSecondPays()
    {
        await SignAsync();
        _node.Cancel(50, 1, ScriptedNode.Transaction(50, 1), (await RecordAsync()).Authorization!.Transfer);

        Assert.Equal(new SignStep(SignState.Ready, 2), await SignAsync(spent: 1));

        Assert.Equal(Second, (await RecordAsync()).Authorization!.Transfer.From);
    }

    [Fact]
    public async Task Sign_SecondWalletPaidAlready_AndTheRecordIsLost_NothingElseIsSigned()
    {
        var paid = new TransferAuthorization(Second, _refund.Incoming.From, 50_000, 0, 2_000_000_000, RefundRecord.NonceOf(JobId));
        _node.Settle(50, 4, ScriptedNode.Transaction(50, 1), paid);

        await SignAsync();

        Assert.Equal(Second, (await RecordAsync()).Authorization!.Transfer.From);
        Assert.Equal(
            new RefundProof(RefundProofState.Paid, ScriptedNode.Transaction(50, 1).ToString(), 50, 5) { At = TimeOf(50) }, await ActivityBench.TwiceAsync(CheckAsync));
    }

    [Fact]
    public async Task Sign_NonceIsSpentInEveryWallet_SignsNothing()
    {
        foreach (var wallet in new[] { First, Second })
        {
            _node.Cancel(50, 1, ScriptedNode.Transaction(50, 1),
                new TransferAuthorization(wallet, _refund.Incoming.From, 50_000, 0, 2_000_000_000, RefundRecord.NonceOf(JobId)));
        }

        Assert.Equal(SignState.NotNow, (await SignAsync()).State);
        Assert.DoesNotContain(RecordNames.Refund(JobId), _records.Names);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50_001)]
    public async Task Sign_MoreThanCameInOrNothing_IsAMistakeAndSignsNothing(long amount)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => SignAsync(refund: _refund with { AmountAtomic = amount }));
        Assert.Empty(_records.Names);
    }

    [Fact]
    public async Task Sign_NodeIsDown_SignsNothing()
    {
        _node.Fault = (_, _) => (System.Net.HttpStatusCode.BadGateway, "");

        Assert.Equal(SignState.NotNow, (await SignAsync()).State);
        Assert.Empty(_records.Names);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sign_PayerIsBlocked_IsALiabilityWithoutASignature_AndSignedWhenItIsOver(bool byTheToken)
    {
        var reserve = NewReserve();
        await reserve.TryHoldAsync(JobId, 50_000, 50_000, default);
        if (byTheToken) _node.Blacklisted.Add(_refund.Incoming.From);
        else await Denied.BlockAsync(new DeniedPayer(_refund.Incoming.From.ToString(), "sanctions", Samples.Now), default);

        Assert.Equal(SignState.Blocked, (await ActivityBench.TwiceAsync(() => SignAsync())).State);

        var blocked = await RecordAsync();
        Assert.Equal((RefundState.Blocked, (SignedAuthorization?)null), (blocked.State, blocked.Authorization));
        Assert.Equal(LedgerEntryType.RefundBlocked, Assert.Single(await LedgerAsync()).Type);
        Assert.Equal(0, (await NewReserve().ReadAsync(default)).Sum);

        _node.Blacklisted.Clear();
        await Denied.UnblockAsync(_refund.Incoming.From, default);
        Assert.Equal(SignState.Ready, (await SignAsync()).State);
        Assert.Equal((RefundState.Pending, (string?)null), ((await RecordAsync()).State, (await RecordAsync()).BlockedBecause));
    }

    [Fact]
    public async Task Sign_DaysCapIsReached_WaitsForTheNextDay()
    {
        _settings.Refunds.DayCapUsdc = 0.06m;
        await SignAsync();
        var other = _refund with { JobId = JobSamples.PaidJob.JobId };

        Assert.Equal(SignState.NotNow, (await SignAsync(refund: other)).State);
        Assert.DoesNotContain(RecordNames.Refund(other.JobId), _records.Names);

        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(SignState.Ready, (await SignAsync(refund: other)).State);
    }

    [Fact]
    public async Task Sign_StrangersMoneyWithoutAnOrder_DoesNotUseUpTheBuyersCap()
    {
        _settings.Refunds.DayCapUsdc = _settings.Refunds.NoOrderDayCapUsdc = 0.06m;
        await SignAsync(refund: _refund with { Reason = RefundReason.NoOrder });
        var other = _refund with { JobId = JobSamples.PaidJob.JobId };

        Assert.Equal(SignState.NotNow, (await SignAsync(refund: other with { Reason = RefundReason.NoOrder })).State);
        Assert.Equal(SignState.Ready, (await SignAsync(refund: other)).State);
    }

    [Fact]
    public async Task Sign_MoneyThatNoOrderHolds_IsHeldFromThenOn_ButNotWhileItIsBlocked()
    {
        await SignAsync();
        Assert.Equal(50_000, (await NewReserve().ReadAsync(default)).Sum);

        _node.Blacklisted.Add(_refund.Incoming.From);
        await SettleAsync();
        await SignAsync();
        Assert.Equal(0, (await NewReserve().ReadAsync(default)).Sum);

        _node.Blacklisted.Clear();
        Answer(new SettleOutcome.Unknown("504"));
        await SettleAsync();
        await SignAsync();
        Assert.Equal(50_000, (await NewReserve().ReadAsync(default)).Sum);

        await EndAsync(new RefundProof(RefundProofState.Paid, Transaction, 95, 5));
        await SignAsync();
        Assert.Equal(0, (await NewReserve().ReadAsync(default)).Sum);
    }

    [Fact]
    public async Task Settle_SubmitsExactlyTheRecordWithoutAResource()
    {
        await SignAsync();
        var signed = (await RecordAsync()).Authorization!;
        Answer(new SettleOutcome.Refused("invalid_exact_evm_nonce_already_used", null));

        Assert.Equal(SettleRefundState.Asked, await SettleAsync());

        var requirement = new PaymentRequirement(EvmNetwork.Base, _refund.Incoming.From, 50_000, 600);
        _facilitator.Verify(f => f.SettleAsync(signed, requirement, null, It.IsAny<CancellationToken>()), Times.Once());
        Assert.Equal(RefundState.Pending, (await RecordAsync()).State);
    }

    [Fact]
    public async Task Settle_PayerWasBlacklistedSince_IsNotAskedForAndShownAsBlocked_UntilItIsOver()
    {
        await SignAsync();
        _node.Blacklisted.Add(_refund.Incoming.From);

        Assert.Equal(SettleRefundState.Blocked, await SettleAsync());
        _facilitator.VerifyNoOtherCalls();
        Assert.Equal(RefundState.Blocked, (await RecordAsync()).State);

        _node.Blacklisted.Clear();
        Answer(new SettleOutcome.Unknown("504"));
        Assert.Equal(SettleRefundState.Asked, await SettleAsync());
        Assert.Equal(RefundState.Pending, (await RecordAsync()).State);
    }

    [Fact]
    public async Task Check_OnlyASafeBlockCounts()
    {
        await SignAsync();
        var transfer = (await RecordAsync()).Authorization!.Transfer;
        _node.Settle(95, 4, ScriptedNode.Transaction(95, 1), transfer);

        Assert.Equal(RefundProofState.Undecided, (await CheckAsync()).State);
        _node.Safe = 95;
        Assert.Equal(new RefundProof(RefundProofState.Paid, ScriptedNode.Transaction(95, 1).ToString(), 95, 5) { At = TimeOf(95) }, await CheckAsync());
    }

    [Fact]
    public async Task ProveIncoming_OnlyASafeBlockCounts()
    {
        _node.Settle(95, 4, ScriptedNode.Transaction(95, 1), _refund.Incoming);
        Assert.Equal(RefundProofState.Undecided, (await ProveAsync()).State);

        _node.Safe = 95;
        Assert.Equal(RefundProofState.Paid, (await ProveAsync()).State);
        Assert.Equal(LedgerEntryType.Settled, Assert.Single(await LedgerAsync()).Type);

        Task<RefundProof> ProveAsync() => new ProveIncoming(new SettlementProof(_node.Reader), new SettledMoney(new BlobLedger(_records), _node.Reader)).Run(
            _refund with { Incoming = _refund.Incoming with { ValidBefore = 3_000_000_000 } }, default);
    }

    [Fact]
    public async Task Record_Paid_IsInRecordAndLedgerOnce_AndNothingIsHeldOrWatchedAnyMore()
    {
        await SignAsync();
        await NewReserve().TryHoldAsync(JobId, 50_000, 50_000, default);
        await _records.TryCreateAsync(RecordNames.Unsettled(JobId), new AliasRecord(JobId), default);
        var proof = new RefundProof(RefundProofState.Paid, Transaction, 95, 5) { At = TimeOf(95) };

        await EndAsync(proof);
        _clock.Advance(TimeSpan.FromDays(2));
        await EndAsync(proof);

        var record = await RecordAsync();
        Assert.Equal((RefundState.Refunded, Transaction), (record.State, record.Transaction));
        var entry = Assert.Single(await LedgerAsync(), e => e.Type == LedgerEntryType.Refunded);
        Assert.Equal(
            (Transaction, 95UL, 5UL, 50_000, First.ToChecksumString(), _refund.Incoming.From.ToChecksumString(), TimeOf(95)),
            (entry.Transaction, entry.Block, entry.LogIndex, entry.AmountAtomic, entry.From, entry.To, entry.At));
        Assert.DoesNotContain(RecordNames.Unsettled(JobId), _records.Names);
        Assert.Equal(0, (await NewReserve().ReadAsync(default)).Sum);
    }

    [Fact]
    public async Task Record_NothingCame_IsRecordedAndNotInTheLedger()
    {
        await EndAsync(new RefundProof(RefundProofState.UnpaidForGood));

        Assert.Equal(RefundState.NothingCame, (await RecordAsync()).State);
        Assert.Empty(await LedgerAsync());
    }

    [Fact]
    public async Task OperatorPaidByHand_NothingIsSignedOrSettled_AndItIsClosedWithHisTransaction()
    {
        await _records.TryCreateAsync(RecordNames.RefundPayment(JobId), new PaymentByHand(Transaction, 80, 3), default);

        Assert.Equal(SignState.Ready, (await SignAsync()).State);
        Assert.Equal(SettleRefundState.Asked, await SettleAsync());
        var proof = await CheckAsync();
        await EndAsync(proof);

        Assert.Equal((RefundProofState.Paid, Transaction), (proof.State, proof.Transaction));
        _facilitator.VerifyNoOtherCalls();
        Assert.Equal((RefundState.Refunded, 0, Transaction), ((await RecordAsync()).State, (await RecordAsync()).Generation, (await RecordAsync()).Transaction));
        Assert.Empty(await LedgerAsync());
    }

    private DenyList Denied => new(_records);

    private RefundBook Book => new(_records, new BlobLedger(_records), NewReserve(), _clock, NullLogger<RefundBook>.Instance);

    private RefundBarrier Barrier => new(Denied, _node.Reader);

    private RefundReserve NewReserve() => new(_records, _clock);

    private Task<SignStep> SignAsync(int spent = 0, RefundInput? refund = null) => new SignRefund(
        Book, Barrier, NewReserve(), new RefundWallets(_settings.Refunds), _node.Reader, new SettlementProof(_node.Reader), _settings,
        NullLogger<SignRefund>.Instance).Run(new SignRefundInput(refund ?? _refund, spent), default);

    private Task<SettleRefundState> SettleAsync() => new SettleRefund(
        Book, Barrier, new FacilitatorPool([_facilitator.Object]), NullLogger<SettleRefund>.Instance).Run(new SettleRefundInput(JobId, 0), default);

    private Task<RefundProof> CheckAsync() => new CheckRefund(Book, new SettlementProof(_node.Reader), _node.Reader).Run(JobId, default);

    private Task EndAsync(RefundProof proof) => new RecordRefund(Book).Run(new RecordRefundInput(_refund, proof), default);

    private async Task<RefundRecord> RecordAsync() => (await _records.ReadAsync<RefundRecord>(RecordNames.Refund(JobId), default))!.Value;

    private async Task<IReadOnlyList<LedgerEntry>> LedgerAsync() => [.. await new LedgerReader(_records).OfJobAsync(JobId, default)];

    private void Answer(SettleOutcome outcome) => _facilitator.Setup(f => f.SettleAsync(
        It.IsAny<SignedAuthorization>(), It.IsAny<PaymentRequirement>(), It.IsAny<PaidResource?>(), It.IsAny<CancellationToken>())).ReturnsAsync(outcome);

    private static DateTimeOffset TimeOf(ulong block) => DateTimeOffset.FromUnixTimeSeconds((long)ScriptedNode.TimeOf(block));

    private static bool Recovers(SignedAuthorization signed)
    {
        Span<byte> address = stackalloc byte[EvmAddress.Size];
        return OviFunctions.Crypto.Secp256k1.TryRecoverAddress(signed.Transfer.Digest(EvmNetwork.Base.UsdcDomain), Convert.FromHexString(signed.Signature[2..]), address)
            && new EvmAddress(address) == signed.Transfer.From;
    }

    private static EvmAddress AddressOf(string key) => EvmSigner.TryParse(key, out var signer) ? signer.Address : throw new FormatException();
}
