using OviFunctions.Jobs;
using OviFunctions.Payments.Refunds;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Payments.Chain;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

/// <summary>Orders that were turned away, whose payments may still arrive.</summary>
public sealed partial class MoneySweepTests
{
    [Theory]
    [InlineData("canceled")]
    [InlineData("unreachable")] // the image
    public async Task Run_MoneyThatCameAfterTheOrderWasTurnedAway_IsRefunded(string code)
    {
        await EndAsync(JobOutcome.Unpaid, new JobError("image", code, ""));
        _node.Safe = 40;
        await RunAsync(120);
        Assert.Null(await RefundAsync());

        Settle(); // by a stranger who saw it at the facilitator
        await RunAsync(60);

        Assert.Equal(ExpectedRefund(RefundReason.LateMoney), await RefundAsync());
        Assert.Equal(JobOutcome.Unpaid, (await OutcomeAsync())!.Outcome);
        Assert.True(IsFollowed());
    }

    [Fact]
    public async Task Run_TurnedAwayAndTheAuthorizationHasExpired_IsDone()
    {
        await EndAsync(JobOutcome.Unpaid, new JobError("image", "unreachable", ""));
        _node.Safe = 40;
        await RunAsync(120);
        Assert.True(IsFollowed());

        _node.Safe = 90;
        await RunAsync(60);

        Assert.False(IsFollowed());
        Assert.Null(await RefundAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_SupersededClaim_ItsMoneyIsFollowedAndTheJobHasNoOutcome(bool moneyCame)
    {
        await ClaimAsync(JobSamples.ClaimOf(Job) with { SupersededBy = JobOf(2).JobId });
        if (moneyCame) Settle();

        await RunAsync(120);

        Assert.Equal(moneyCame ? ExpectedRefund(RefundReason.LateMoney) : null, await RefundAsync());
        Assert.Equal(moneyCame, IsFollowed());
        Assert.Null(await OutcomeAsync());
    }
}
