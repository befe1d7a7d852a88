using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Payments.Chain;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Activities;

/// <summary>Asking a facilitator to settle, and looking whether the chain shows it.</summary>
public sealed class PaymentActivitiesTests
{
    private static readonly JobPayment Claimed = Payment with
    {
        ClaimBlock = 10,
        Authorization = Payment.Authorization with { Transfer = Samples.Transfer with { ValidBefore = ScriptedNode.TimeOf(80) } },
    };

    private readonly ScriptedNode _node = new();
    private readonly MemoryRecordStore _records = new();

    [Fact]
    public async Task Settle_Attempts_GoToTheFacilitatorsInTurnWithThePaymentAndTheQuoteOfTheClaim()
    {
        var facilitators = new[] { Facilitator(new SettleOutcome.Unknown("504")), Facilitator(new SettleOutcome.Pending(null)) };

        for (var attempt = 0; attempt < 3; attempt++) Assert.Null((await SettleAsync(attempt, facilitators)).Code);

        var requirement = new PaymentRequirement(EvmNetwork.Base, Samples.Merchant, 50000, 60);
        Verify(facilitators[0], requirement, Times.Exactly(2));
        Verify(facilitators[1], requirement, Times.Once());
    }

    [Fact]
    public async Task Settle_NoFacilitatorIsConfiguredAnyMore_ThrowsNothing()
    {
        // Payments were switched off, facilitators and all: the chain must still be asked about what is under way.
        Assert.Equal(new SettleReport(null), await SettleAsync(0));
    }

    [Fact]
    public async Task Settle_Refused_HasTheCodeAndThrowsNothing()
    {
        var facilitator = Facilitator(new SettleOutcome.Refused("insufficient_funds", null));

        Assert.Equal(new SettleReport("insufficient_funds"), await ActivityBench.TwiceAsync(() => SettleAsync(0, facilitator)));
    }

    [Fact]
    public async Task Settle_RefusedWithoutACode_HasNone() =>
        Assert.Equal(new SettleReport(null), await SettleAsync(0, Facilitator(new SettleOutcome.Refused(FacilitatorCodes.Unspecified, null))));

    [Fact]
    public async Task Settle_SaysSettled_IsAnOpinionOnly_WithTheNameOfWhoHasIt()
    {
        var facilitator = Facilitator(new SettleOutcome.Settled(Samples.Nonce(1)));
        facilitator.Setup(f => f.Name).Returns("one.example");

        var report = await SettleAsync(0, facilitator);

        Assert.Equal(new SettleReport(null) { Statement = new SettleStatement("one.example", Samples.Nonce(1).ToString(), Samples.Now) }, report);
    }

    [Fact]
    public async Task Settle_FacilitatorThatCalledItValid_GoesFirst()
    {
        var facilitators = new[] { Facilitator(new SettleOutcome.Pending(null)), Facilitator(new SettleOutcome.Pending(null)) };
        facilitators[1].Setup(f => f.Name).Returns("two.example");

        await SettlePaymentAsync(Claimed with { VerifiedBy = "two.example" }, 0, facilitators);

        facilitators[0].Verify(f => f.SettleAsync(
            It.IsAny<SignedAuthorization>(), It.IsAny<PaymentRequirement>(), It.IsAny<PaidResource?>(), It.IsAny<CancellationToken>()), Times.Never());
    }

    [Fact]
    public async Task Check_FacilitatorSaidSettledAndNothingMoved_IsTakenOutOfUse()
    {
        (_node.Head, _node.Safe) = (70, 60);
        var records = new MemoryRecordStore();
        var said = new SettleStatement("liar.example", Transaction, DateTimeOffset.FromUnixTimeSeconds((long)ScriptedNode.TimeOf(50)));

        var first = await CheckAsync(records, [said]);
        Assert.Equal((PaymentProofState.Undecided, 70ul), (first.State, first.Head!.Value));
        Assert.Empty(records.Names);
        await CheckAsync(records, [said with { Head = 50 }]);

        Assert.Equal([RecordNames.Facilitators], records.Names);
    }

    [Fact]
    public async Task Check_TransferIsThere_IsPaidWithItsTransaction()
    {
        var transaction = ScriptedNode.Transaction(50, 1);
        _node.Settle(50, 4, transaction, Claimed.Authorization.Transfer);

        Assert.Equal(new PaymentProof(PaymentProofState.Paid, transaction.ToString()), await ActivityBench.TwiceAsync(CheckAsync));
    }

    [Fact]
    public async Task Check_TransferIsThere_StandsInTheLedgerUnderItsBlocksTime()
    {
        var transaction = ScriptedNode.Transaction(50, 1);
        _node.Settle(50, 4, transaction, Claimed.Authorization.Transfer);

        await ActivityBench.TwiceAsync(CheckAsync);

        var entry = Assert.Single(await new LedgerReader(_records).OfJobAsync(JobId, default));
        Assert.Equal(new LedgerEntry
        {
            Type = LedgerEntryType.Settled,
            JobId = JobId,
            At = DateTimeOffset.FromUnixTimeSeconds((long)ScriptedNode.TimeOf(50)),
            AmountAtomic = 50000,
            Network = "eip155:8453",
            Asset = EvmNetwork.Base.Usdc.ToChecksumString(),
            Transaction = transaction.ToString(),
            LogIndex = 5,
            Block = 50,
            From = Samples.Buyer.Address.ToChecksumString(),
            To = Samples.Merchant.ToChecksumString(),
        }, entry);
    }

    [Fact]
    public async Task Check_LedgerCannotBeWritten_DoesNotSayPaid()
    {
        _node.Settle(50, 4, ScriptedNode.Transaction(50, 1), Claimed.Authorization.Transfer);
        _records.Before = (_, _) => throw new IOException("no storage");

        await Assert.ThrowsAsync<IOException>(CheckAsync); // it is run again, for days
    }

    [Fact]
    public async Task Check_BlockIsNotGiven_IsUndecidedAndNotInTheLedger()
    {
        _node.Settle(50, 4, ScriptedNode.Transaction(50, 1), Claimed.Authorization.Transfer);
        _node.Fault = (method, parameters) => method == "eth_getBlockByNumber" && (string)parameters[0]! == "0x32" ? (System.Net.HttpStatusCode.BadGateway, "") : null;

        Assert.Equal(PaymentProofState.Undecided, (await CheckAsync()).State);
        Assert.Empty(_records.Names);
    }

    [Fact]
    public async Task Check_TransferBeforeTheClaim_IsNotOurs()
    {
        _node.Settle(9, 4, ScriptedNode.Transaction(9, 1), Claimed.Authorization.Transfer);

        Assert.NotEqual(PaymentProofState.Paid, (await CheckAsync()).State);
    }

    [Fact]
    public async Task Check_SafeBlockPastValidBefore_IsUnpaidForGood()
    {
        Assert.Equal(new PaymentProof(PaymentProofState.UnpaidForGood), await ActivityBench.TwiceAsync(CheckAsync));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Check_NothingYetOrNodeDown_IsUndecidedAndThrowsNothing(bool down)
    {
        (_node.Head, _node.Safe) = (70, 60);
        if (down) _node.Fault = (_, _) => (System.Net.HttpStatusCode.BadGateway, "");

        Assert.Equal(new PaymentProof(PaymentProofState.Undecided), await ActivityBench.TwiceAsync(CheckAsync));
    }

    private static Mock<IFacilitator> Facilitator(SettleOutcome outcome)
    {
        var facilitator = new Mock<IFacilitator>();
        facilitator.Setup(f => f.SettleAsync(
            It.IsAny<SignedAuthorization>(), It.IsAny<PaymentRequirement>(), It.IsAny<PaidResource?>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(outcome);
        return facilitator;
    }

    private static void Verify(Mock<IFacilitator> facilitator, PaymentRequirement requirement, Times times) => facilitator.Verify(
        f => f.SettleAsync(Claimed.Authorization, requirement, Samples.Ovi, It.IsAny<CancellationToken>()), times);

    private static Task<SettleReport> SettleAsync(int attempt, params Mock<IFacilitator>[] facilitators) =>
        SettlePaymentAsync(Claimed, attempt, facilitators);

    private static Task<SettleReport> SettlePaymentAsync(JobPayment payment, int attempt, params Mock<IFacilitator>[] facilitators) => new SettlePayment(
        new FacilitatorPool([.. facilitators.Select(f => f.Object)]), new VideoModels([new Model()]), new ManualTimeProvider(Samples.Now), NullLogger<SettlePayment>.Instance)
        .Run(new SettlePaymentInput(JobId, "ovi/image-to-video", payment, attempt), default);

    private Task<PaymentProof> CheckAsync() => CheckAsync(_records, statements: null);

    private Task<PaymentProof> CheckAsync(MemoryRecordStore records, IReadOnlyList<SettleStatement>? statements)
    {
        var proof = new SettlementProof(_node.Reader);
        var trust = new FacilitatorTrust(records, new ManualTimeProvider(), NullLogger<FacilitatorTrust>.Instance);
        return new CheckPayment(proof, new SettledMoney(new BlobLedger(records), _node.Reader), new FacilitatorJudge(_node.Reader, proof, records, trust), NullLogger<CheckPayment>.Instance)
            .Run(new CheckPaymentInput(JobId, Claimed) { Statements = statements }, default);
    }

    private sealed class Model : IVideoModel
    {
        public string Name => "ovi/image-to-video";

        public string Route => "route";

        public PaidResource Resource => Samples.Ovi;

        /// <summary>The price has changed since; what was signed counts.</summary>
        public long PriceAtomic(VideoRequest? request) => 1;

        public RequestNeeds NeedsOf(VideoRequest? request) => throw new NotSupportedException();

        public Order Validate(ReadOnlyMemory<byte> source, JsonElement body) => throw new NotSupportedException();
    }
}
