using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Storage;
using OviFunctions.Tests.Payments.Chain;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Facilitators;

/// <summary>When a facilitator's "settled" is a lie, and when it is only early.</summary>
public sealed class FacilitatorJudgeTests
{
    private const string Liar = "liar.example";

    private static readonly JobPayment Payment = JobSamples.PaidJob.Payment! with
    {
        ClaimBlock = 10,
        Authorization = Samples.Buyer.Sign(Samples.Transfer with { ValidBefore = ScriptedNode.TimeOf(80) }, OviFunctions.Payments.Evm.EvmNetwork.Base.UsdcDomain),
    };

    private static readonly string Named = ScriptedNode.Transaction(50, 1).ToString();
    private static readonly SettlementEvidence NotYet = new SettlementEvidence.Undecided(UndecidedCause.NotYetUsed, "");

    private readonly ScriptedNode _node = new() { Head = 70, Safe = 60 };
    private readonly MemoryRecordStore _records = new();
    private readonly FacilitatorTrust _trust;
    private readonly FacilitatorJudge _judge;

    public FacilitatorJudgeTests()
    {
        _trust = new FacilitatorTrust(_records, new ManualTimeProvider(), NullLogger<FacilitatorTrust>.Instance);
        _judge = new FacilitatorJudge(_node.Reader, new SettlementProof(_node.Reader), _records, _trust);
    }

    [Fact]
    public async Task JudgeAsync_JustSaid_IsNoLieAndHasTheHead()
    {
        Assert.Equal(70ul, await JudgeAsync(Said(head: null), NotYet));
        Assert.Empty(await OutAsync());
    }

    [Theory]
    [InlineData(55, 50, true)]
    [InlineData(56, 50, false)] // 4 blocks later: its node may be ahead of ours
    [InlineData(55, 61, false)] // by the clock, the safe block is older than the answer: our node lags
    [InlineData(70, 50, false)] // nothing safe yet
    public async Task JudgeAsync_UnusedInASafeBlockPastTheAnswer_IsALie(ulong head, ulong at, bool isLie)
    {
        await JudgeAsync(Said(head, at), NotYet);

        Assert.Equal(isLie ? [Liar] : [], await OutAsync());
    }

    [Fact]
    public async Task JudgeAsync_UsedInTheSafeBlock_IsNoLie()
    {
        _node.Use(58, 1, ScriptedNode.Transaction(58, 1), Payment.Authorization.Transfer);

        await JudgeAsync(Said(head: 50), NotYet);

        Assert.Empty(await OutAsync());
    }

    [Fact]
    public async Task JudgeAsync_UnpaidForGood_IsALie()
    {
        await JudgeAsync(Said(head: null), new SettlementEvidence.UnpaidForGood("cancelled"));

        Assert.Equal([Liar], await OutAsync());
    }

    [Fact]
    public async Task JudgeAsync_NodeDown_SaysNothing()
    {
        _node.Fault = (_, _) => (HttpStatusCode.BadGateway, "");

        Assert.Null(await JudgeAsync(Said(head: 50), NotYet));

        Assert.Empty(await OutAsync());
    }

    [Fact]
    public async Task JudgeAsync_PaidByTheNamedTransaction_WritesNothing()
    {
        await JudgeAsync(Said(head: 40), new SettlementEvidence.Paid(ScriptedNode.Transaction(50, 1), 50, 2));

        Assert.Empty(_records.Names);
    }

    /// <summary>Another facilitator has settled it meanwhile; whether that stays so is only seen later.</summary>
    [Theory]
    [InlineData(50, true)] // after the statement: somebody else's doing
    [InlineData(45, false)] // there already when it spoke: its own, sent again with more gas
    public async Task ReviewAsync_PaidByAnotherTransaction_IsALieOnceItIsSafe(ulong block, bool isLie)
    {
        var paid = ScriptedNode.Transaction(block, 9);
        _node.Settle(block, 2, paid, Payment.Authorization.Transfer);
        (_node.Head, _node.Safe) = (51, 44);
        await ClaimAsync();
        await JudgeAsync(Said(head: 45), new SettlementEvidence.Paid(paid, block, 3));
        await _judge.ReviewAsync(default);
        Assert.Empty(await OutAsync());

        _node.Safe = 51;
        await _judge.ReviewAsync(default);

        Assert.Equal(isLie ? [Liar] : [], await OutAsync());
        Assert.Empty(await _trust.SuspicionsAsync(default));
    }

    [Fact]
    public async Task ReviewAsync_ReorganisedIntoTheNamedTransaction_IsCleared()
    {
        await ClaimAsync();
        await JudgeAsync(Said(head: 45), new SettlementEvidence.Paid(ScriptedNode.Transaction(50, 9), 50, 3));
        Assert.Single(await _trust.SuspicionsAsync(default));
        _node.Settle(50, 2, ScriptedNode.Transaction(50, 1), Payment.Authorization.Transfer);

        await _judge.ReviewAsync(default);

        Assert.Empty(await OutAsync());
        Assert.Empty(await _trust.SuspicionsAsync(default));
    }

    private static SettleStatement Said(ulong? head, ulong at = 50) =>
        new(Liar, Named, DateTimeOffset.FromUnixTimeSeconds((long)ScriptedNode.TimeOf(at))) { Head = head };

    private Task<ulong?> JudgeAsync(SettleStatement said, SettlementEvidence evidence) =>
        _judge.JudgeAsync(JobSamples.PaidJob.JobId, Payment, [said], evidence, default);

    private Task<bool> ClaimAsync() => _records.TryCreateAsync(
        RecordNames.Claim(JobSamples.PaidJob.JobId), JobSamples.ClaimOf(JobSamples.PaidJob with { Payment = Payment }), default);

    private async Task<IEnumerable<string>> OutAsync() => (await _trust.OutOfUseAsync(default)).Select(lie => lie.Facilitator);
}
