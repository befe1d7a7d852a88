using System.Security.Cryptography;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Chain;

/// <summary>The reference facilitator and the proof on a real EVM, with the attacks on it.</summary>
[Collection(nameof(AnvilGroup))]
public sealed class AnvilSettlementTests(AnvilFixture fixture) : IClassFixture<AnvilFixture>
{
    private static readonly byte[] BuyersKey = Convert.FromHexString("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a");
    private static readonly EvmSigner MerchantsWallet = new(
        Convert.FromHexString("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"));
    private static readonly Eip712Domain Usdc = EvmNetwork.Base.UsdcDomain;

    private Anvil Chain => fixture.Anvil;

    [Fact]
    public async Task Reader_OnAnvil_ReadsChainAndBalance()
    {
        Assert.True((await Chain.Reader.ChainIdAsync(CancellationToken.None)).TryGet(out var id, out _));
        Assert.Equal(8453UL, id);
        Assert.True((await Chain.Reader.BalanceAsync(EvmNetwork.Base.Usdc, Samples.Buyer.Address, CancellationToken.None)).TryGet(
            out var balance, out _));
        Assert.True(balance > 50000);
        Assert.False(await IsBlacklistedAsync(Samples.Buyer.Address));
        var blocked = new EvmAddress(RandomNumberGenerator.GetBytes(20));
        await Chain.BlacklistAsync(blocked);
        Assert.True(await IsBlacklistedAsync(blocked));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("7f1626ba7e0000000000000000000000000000000000000000000000000000000060005260206000f3", true)] // returns the selector
    [InlineData("600160005260206000f3", false)] // returns 1
    [InlineData("60006000fd", false)] // reverts
    public async Task IsValidSignature_OnAnvil_IsWhatTheCodeSays(string code, bool expected)
    {
        var account = new EvmAddress(RandomNumberGenerator.GetBytes(20));
        await Chain.CallAsync("anvil_setCode", account.ToString(), "0x" + code);
        var read = await Chain.Reader.IsValidSignatureAsync(account, Samples.Nonce(1), new byte[65], CancellationToken.None);
        Assert.True(read.TryGet(out var accepted, out var failure), failure?.Reason);
        Assert.Equal(expected, accepted);
    }

    [Fact]
    public async Task IsValidSignature_CodeThatNeverEnds_IsStoppedAndDecidesNothing()
    {
        var account = new EvmAddress(RandomNumberGenerator.GetBytes(20));
        await Chain.CallAsync("anvil_setCode", account.ToString(), "0x5b600056");
        Assert.False((await Chain.Reader.IsValidSignatureAsync(account, Samples.Nonce(1), new byte[65], CancellationToken.None)).TryGet(out _, out var failure));
        Assert.True(failure.Refused);
    }

    private async Task<bool> IsBlacklistedAsync(EvmAddress account)
    {
        var read = await Chain.Reader.IsBlacklistedAsync(EvmNetwork.Base.Usdc, account, CancellationToken.None);
        Assert.True(read.TryGet(out var blocked, out var failure), failure?.Reason);
        return blocked;
    }

    [Fact]
    public async Task Facilitator_VersionTwo_SettlesAndTheChainShowsIt() => await SettleAndProveAsync(X402Version.V2);

    [Fact]
    public async Task Facilitator_VersionOne_SettlesAndTheChainShowsIt() => await SettleAndProveAsync(X402Version.V1);

    private async Task SettleAndProveAsync(X402Version version)
    {
        var claimed = await Chain.HeadAsync();
        var payment = Samples.Buyer.Sign(await Chain.NewTransferAsync(), Usdc);
        var facilitator = Facilitator(version);

        Assert.IsType<VerifyOutcome.Valid>(
            await facilitator.VerifyAsync(payment, Samples.Requirement, Samples.Ovi, CancellationToken.None));
        AssertUndecided(UndecidedCause.NotYetUsed, await ProveAsync(payment, claimed));
        var settled = Assert.IsType<SettleOutcome.Settled>(
            await facilitator.SettleAsync(payment, Samples.Requirement, Samples.Ovi, CancellationToken.None));
        Assert.Equal(settled.Transaction, Assert.IsType<SettlementEvidence.Paid>(await ProveAsync(payment, claimed)).Transaction);

        var again = await facilitator.VerifyAsync(payment, Samples.Requirement, Samples.Ovi, CancellationToken.None);
        Assert.Equal(PaymentProblemCodes.AlreadyUsed,
            PaymentProblem.FromFacilitator(Assert.IsType<VerifyOutcome.Invalid>(again).Code).Code);
        Assert.IsType<SettleOutcome.Refused>(
            await facilitator.SettleAsync(payment, Samples.Requirement, Samples.Ovi, CancellationToken.None));
        AssertUndecided(UndecidedCause.LogsMissing, await ProveAsync(payment, await Chain.HeadAsync()));
    }

    [Fact]
    public async Task Facilitator_PaymentToSomebodyElse_IsRefusedWithACode()
    {
        var payment = Samples.Buyer.Sign(await Chain.NewTransferAsync() with { To = Samples.Stranger.Address }, Usdc);
        Assert.Equal("invalid_exact_evm_recipient_mismatch",
            Assert.IsType<VerifyOutcome.Invalid>(
                await Facilitator().VerifyAsync(payment, Samples.Requirement, Samples.Ovi, CancellationToken.None)).Code);
    }

    [Fact]
    public async Task Facilitator_Refund_SettlesOnceWithoutAResource()
    {
        var claimed = await Chain.HeadAsync();
        await Chain.SubmitAsync(Samples.Buyer.Sign(await Chain.NewTransferAsync(), Usdc));
        var transfer = await Chain.NewTransferAsync() with { From = MerchantsWallet.Address, To = Samples.Buyer.Address };
        var refund = MerchantsWallet.Sign(transfer, Usdc);
        var requirement = Samples.Requirement with { PayTo = Samples.Buyer.Address };

        Assert.IsType<SettleOutcome.Settled>(await Facilitator().SettleAsync(refund, requirement, null, CancellationToken.None));
        Assert.IsType<SettleOutcome.Refused>(await Facilitator().SettleAsync(refund, requirement, null, CancellationToken.None));
        Assert.IsType<SettlementEvidence.Paid>(await ProveAsync(refund, claimed));
    }

    [Fact]
    public async Task Proof_TransactionOfAThirdParty_IsPaid()
    {
        var claimed = await Chain.HeadAsync();
        var payment = Samples.Buyer.Sign(await Chain.NewTransferAsync(), Usdc);
        var receipt = await Chain.SubmitAsync(payment);
        Assert.Equal((string?)receipt["transactionHash"],
            Assert.IsType<SettlementEvidence.Paid>(await ProveAsync(payment, claimed)).Transaction.ToString());
    }

    // The buyer sends us five payments and has one transaction use all five nonces, four of them to himself.
    [Fact]
    public async Task Proof_OneTransactionWithOneTransferAndManyNonces_PaysOne()
    {
        var claimed = await Chain.HeadAsync();
        var sent = new List<SignedAuthorization>();
        for (var i = 0; i < 5; i++) sent.Add(Samples.Buyer.Sign(await Chain.NewTransferAsync(), Usdc));
        var used = sent.Select(
            (payment, i) => i == 2 ? payment : Samples.Buyer.Sign(payment.Transfer with { To = Samples.Buyer.Address }, Usdc));
        await Chain.SubmitTogetherAsync([.. used]);

        for (var i = 0; i < sent.Count; i++)
        {
            var evidence = await ProveAsync(sent[i], claimed);
            if (i == 2) Assert.IsType<SettlementEvidence.Paid>(evidence);
            else Assert.IsNotType<SettlementEvidence.Paid>(evidence);
        }

        await Chain.MinePastAsync((await Chain.HeadAsync()).Timestamp + 1);
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await ProveAsync(sent[0], claimed));
    }

    [Fact]
    public async Task Proof_FivePaymentsInOneTransaction_AreFivePayments()
    {
        var claimed = await Chain.HeadAsync();
        var sent = new List<SignedAuthorization>();
        for (var i = 0; i < 5; i++) sent.Add(Samples.Buyer.Sign(await Chain.NewTransferAsync(), Usdc));
        await Chain.SubmitTogetherAsync([.. sent]);

        var paid = new HashSet<ulong>();
        foreach (var payment in sent) paid.Add(Assert.IsType<SettlementEvidence.Paid>(await ProveAsync(payment, claimed)).LogIndex);
        Assert.Equal(5, paid.Count);
    }

    [Fact]
    public async Task Proof_Cancelled_IsUnpaidForGoodOnceSafe()
    {
        var claimed = await Chain.HeadAsync();
        var payment = Samples.Buyer.Sign(await Chain.NewTransferAsync(), Usdc);
        await Chain.CancelAsync(payment.Transfer, BuyersKey);
        var evidence = await ProveAsync(payment, claimed);
        // A block that the chain's clock makes in this moment lets the cancellation be safe already.
        if (evidence is not SettlementEvidence.UnpaidForGood) AssertUndecided(UndecidedCause.Cancelled, evidence);
        await Chain.MinePastAsync((await Chain.HeadAsync()).Timestamp + 1);
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await ProveAsync(payment, claimed));
    }

    [Fact]
    public async Task Proof_Expired_IsUnpaidForGoodOnceSafe()
    {
        var claimed = await Chain.HeadAsync();
        var payment = Samples.Buyer.Sign(await Chain.NewTransferAsync(), Usdc);
        AssertUndecided(UndecidedCause.NotYetUsed, await ProveAsync(payment, claimed));
        await Chain.MinePastAsync(payment.Transfer.ValidBefore);
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await ProveAsync(payment, claimed));
        await Assert.ThrowsAnyAsync<Exception>(() => Chain.SubmitAsync(payment));
    }

    // What was paid at the head is not paid any more after a reorganisation, and was never safe.
    [Fact]
    public async Task Proof_ReorganisedAway_IsUndecidedAgain()
    {
        var claimed = await Chain.HeadAsync();
        var payment = Samples.Buyer.Sign(await Chain.NewTransferAsync(), Usdc);
        var snapshot = await Chain.CallAsync("evm_snapshot");
        await Chain.SubmitAsync(payment);
        var paid = Assert.IsType<SettlementEvidence.Paid>(await ProveAsync(payment, claimed));
        var safe = await ProveAsync(payment, claimed, BlockTag.Safe);
        // A block that the chain's clock makes in this moment lets the payment be safe already.
        if (safe is SettlementEvidence.Paid) Assert.InRange(paid.BlockNumber, 0ul, (await Chain.HeadAsync(BlockTag.Safe)).Number);
        else AssertUndecided(UndecidedCause.NotYetUsed, safe);
        await Chain.CallAsync("evm_revert", snapshot.DeepClone());
        AssertUndecided(UndecidedCause.NotYetUsed, await ProveAsync(payment, claimed));
    }

    private HttpFacilitator Facilitator(X402Version version = X402Version.V2) => fixture.Facilitator(version);

    private Task<SettlementEvidence> ProveAsync(SignedAuthorization payment, BlockHead claimed, BlockTag horizon = BlockTag.Latest) =>
        new SettlementProof(Chain.Reader).EvaluateAsync(
            EvmNetwork.Base.Usdc, payment.Transfer, claimed.Number, horizon, CancellationToken.None);

    private static void AssertUndecided(UndecidedCause cause, SettlementEvidence evidence) =>
        Assert.Equal(cause, Assert.IsType<SettlementEvidence.Undecided>(evidence).Cause);
}
