using System.Net;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Tests.Payments.Chain;

public sealed class SettlementProofTests
{
    private const ulong Claimed = 10;

    private static readonly EvmAddress Usdc = EvmNetwork.Base.Usdc;
    private static readonly TransferAuthorization Payment = Samples.Transfer with { ValidBefore = ScriptedNode.TimeOf(80) };
    private static readonly Bytes32 Tx = ScriptedNode.Transaction(50, 1);

    private readonly ScriptedNode _node = new();

    [Fact]
    public async Task Evaluate_TransferDirectlyAfterItsUse_IsPaid()
    {
        _node.Settle(50, 4, Tx, Payment);
        Assert.Equal(new SettlementEvidence.Paid(Tx, 50, 5), await EvaluateAsync());
    }

    // One transaction that uses many nonces and pays once: measured to be possible, and to be counted by "same transaction".
    [Fact]
    public async Task Evaluate_OneTransferForManyNoncesInOneTransaction_PaysOnlyItsOwn()
    {
        var other = Payment with { Nonce = Samples.Nonce(8) };
        _node.Use(50, 0, Tx, other);
        _node.Transfer(50, 1, Tx, other.From, Samples.Stranger.Address, other.Value);
        _node.Settle(50, 2, Tx, Payment);
        Assert.Equal(new SettlementEvidence.Paid(Tx, 50, 3), await EvaluateAsync());
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await EvaluateAsync(other));
    }

    [Fact]
    public async Task Evaluate_TransferThatDoesNotFollow_IsNotPaid()
    {
        _node.Use(50, 0, Tx, Payment);
        _node.Transfer(50, 2, Tx, Payment.From, Payment.To, Payment.Value);
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_TransferInTheNextTransaction_IsNotPaid()
    {
        _node.Use(50, 0, Tx, Payment);
        _node.Transfer(50, 1, ScriptedNode.Transaction(50, 2), Payment.From, Payment.To, Payment.Value);
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_TransferOfAnotherToken_IsNotPaid()
    {
        _node.Use(50, 0, Tx, Payment);
        _node.Transfer(50, 1, Tx, Payment.From, Payment.To, Payment.Value, token: Samples.Stranger.Address);
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_EventsOfAnotherContract_ProveNothing()
    {
        _node.Use(50, 0, Tx, Payment, token: Samples.Stranger.Address);
        _node.Transfer(50, 1, Tx, Payment.From, Payment.To, Payment.Value, token: Samples.Stranger.Address);
        AssertUndecided(UndecidedCause.NotYetUsed, await EvaluateAsync(validBefore: ScriptedNode.TimeOf(200)));
    }

    [Theory]
    [InlineData(49999)]
    [InlineData(50001)]
    public async Task Evaluate_TransferOfAnotherAmount_IsNotPaid(ulong value)
    {
        _node.Use(50, 0, Tx, Payment);
        _node.Transfer(50, 1, Tx, Payment.From, Payment.To, value);
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_TransferToOrFromSomebodyElse_IsNotPaid()
    {
        _node.Use(50, 0, Tx, Payment);
        _node.Transfer(50, 1, Tx, Payment.From, Samples.Stranger.Address, Payment.Value);
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await EvaluateAsync());
        _node.Transfer(50, 1, Tx, Samples.Stranger.Address, Payment.To, Payment.Value);
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await EvaluateAsync());
    }

    [Theory]
    [InlineData(Claimed - 1)]
    [InlineData(Claimed)]
    public async Task Evaluate_UsedBeforeTheClaim_IsNotPaid(ulong block)
    {
        _node.Settle(block, 0, Tx, Payment);
        AssertUndecided(UndecidedCause.LogsMissing, await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_FirstBlockAfterTheClaim_IsPaid()
    {
        _node.Settle(Claimed + 1, 0, Tx, Payment);
        Assert.IsType<SettlementEvidence.Paid>(await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_RemovedLogs_AreIgnored()
    {
        _node.Settle(50, 0, Tx, Payment);
        _node.MarkRemoved();
        AssertUndecided(UndecidedCause.LogsMissing, await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_NodeThatAnswersWithOtherLogs_IsNotMisled()
    {
        _node.IgnoreFilter = true;
        var other = Payment with { Nonce = Samples.Nonce(8), From = Samples.Stranger.Address };
        _node.Settle(50, 0, Tx, other);
        _node.Use(50, 2, Tx, Payment);
        _node.Transfer(50, 3, Tx, Payment.From, Payment.To, Payment.Value, token: Samples.Stranger.Address);
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_SafeHorizon_WaitsForASafeBlock()
    {
        _node.Settle(95, 0, Tx, Payment);
        Assert.IsType<SettlementEvidence.Paid>(await EvaluateAsync());
        AssertUndecided(UndecidedCause.NotYetUsed, await EvaluateAsync(validBefore: ScriptedNode.TimeOf(200), horizon: BlockTag.Safe));
        _node.Safe = 95;
        Assert.Equal(new SettlementEvidence.Paid(Tx, 95, 1), await EvaluateAsync(horizon: BlockTag.Safe));
    }

    [Fact]
    public async Task Evaluate_CancelledInASafeBlock_IsUnpaidForGood()
    {
        _node.Cancel(50, 0, Tx, Payment);
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_CancelledInABlockThatIsNotSafe_IsUndecided()
    {
        _node.Cancel(95, 0, Tx, Payment);
        AssertUndecided(UndecidedCause.Cancelled, await EvaluateAsync());
        _node.Safe = 95;
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_UsedElsewhereInABlockThatIsNotSafe_IsUndecided()
    {
        _node.Use(95, 0, Tx, Payment);
        _node.Transfer(95, 1, Tx, Payment.From, Samples.Stranger.Address, Payment.Value);
        AssertUndecided(UndecidedCause.UsedElsewhere, await EvaluateAsync());
        _node.Safe = 95;
        Assert.IsType<SettlementEvidence.UnpaidForGood>(await EvaluateAsync());
    }

    [Theory]
    [InlineData(79, false)]
    [InlineData(80, true)]
    [InlineData(90, true)]
    public async Task Evaluate_UnusedPastValidBefore_IsUnpaidForGoodByASafeBlocksTime(ulong safe, bool forGood)
    {
        _node.Safe = safe;
        var evidence = await EvaluateAsync();
        if (forGood) Assert.IsType<SettlementEvidence.UnpaidForGood>(evidence);
        else AssertUndecided(UndecidedCause.NotYetUsed, evidence);
    }

    [Fact]
    public async Task Evaluate_ValidBeforeBetweenTwoSeconds_IsNotRounded()
    {
        _node.Safe = 80;
        AssertUndecided(UndecidedCause.NotYetUsed, await EvaluateAsync(validBefore: ScriptedNode.TimeOf(80) + 1));
    }

    // The state may change between the two reads; the second one counts.
    [Fact]
    public async Task Evaluate_UsedWhileWeLook_IsUndecided()
    {
        var calls = 0;
        _node.Fault = (method, _) =>
        {
            if (method == "eth_call" && ++calls == 2) _node.Use(60, 0, Tx, Payment);
            return null;
        };
        AssertUndecided(UndecidedCause.NotYetUsed, await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_State_IsReadAtTheBlockByHash()
    {
        await EvaluateAsync();
        var calls = _node.Http.Sent.Where(sent => sent.Body.Contains("eth_call", StringComparison.Ordinal)).ToList();
        Assert.Contains(ScriptedNode.Hash(100).ToString(), calls[0].Body, StringComparison.Ordinal);
        Assert.Contains(ScriptedNode.Hash(90).ToString(), calls[1].Body, StringComparison.Ordinal);
        Assert.All(calls, call => Assert.Contains("\"requireCanonical\":true", call.Body, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("eth_getBlockByNumber", 1)]
    [InlineData("eth_call", 1)]
    [InlineData("eth_getBlockByNumber", 2)]
    [InlineData("eth_call", 2)]
    public async Task Evaluate_AnyFailedRead_NeverSaysUnpaid(string failing, int time)
    {
        var calls = 0;
        _node.Fault = (method, _) => method == failing && ++calls == time ? (HttpStatusCode.TooManyRequests, "slow down") : null;
        var undecided = AssertUndecided(UndecidedCause.NodeFailed, await EvaluateAsync());
        Assert.DoesNotContain("SECRETKEY", undecided.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Evaluate_FailedLogs_AreUndecided(int time)
    {
        _node.Settle(50, 0, Tx, Payment);
        var calls = 0;
        _node.Fault = (method, _) => method == "eth_getLogs" && ++calls == time ? (HttpStatusCode.BadGateway, "") : null;
        AssertUndecided(UndecidedCause.NodeFailed, await EvaluateAsync());
        Assert.IsType<SettlementEvidence.Paid>(await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_LongRange_IsReadInSteps()
    {
        _node.Head = 9000;
        _node.Settle(7500, 3, Tx, Payment);
        Assert.Equal(new SettlementEvidence.Paid(Tx, 7500, 4), await EvaluateAsync());
        Assert.Equal(5, _node.Methods.Count(method => method == "eth_getLogs"));
    }

    [Fact]
    public async Task Evaluate_NodeThatTakesShortRangesOnly_IsAskedForLess()
    {
        _node.MaxRange = 30;
        _node.Settle(95, 3, Tx, Payment);
        Assert.Equal(new SettlementEvidence.Paid(Tx, 95, 4), await EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_NodeThatRefusesEvenOneBlock_IsUndecided()
    {
        _node.MaxRange = 0;
        _node.Settle(50, 3, Tx, Payment);
        AssertUndecided(UndecidedCause.NodeFailed, await EvaluateAsync());
        Assert.InRange(_node.Methods.Count(method => method == "eth_getLogs"), 1, 10);
    }

    private Task<SettlementEvidence> EvaluateAsync(
        TransferAuthorization? payment = null, Uint256? validBefore = null, BlockTag horizon = BlockTag.Latest)
    {
        var transfer = payment ?? Payment;
        if (validBefore is { } before) transfer = transfer with { ValidBefore = before };
        return new SettlementProof(_node.Reader).EvaluateAsync(Usdc, transfer, Claimed, horizon, CancellationToken.None);
    }

    private static SettlementEvidence.Undecided AssertUndecided(UndecidedCause cause, SettlementEvidence evidence)
    {
        var undecided = Assert.IsType<SettlementEvidence.Undecided>(evidence);
        Assert.Equal(cause, undecided.Cause);
        return undecided;
    }
}
