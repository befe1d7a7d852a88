using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

/// <summary>What a job may cost, who is paid while nobody knows what became of a submit, and who comes back.</summary>
public sealed class ProviderRaceCostTests
{
    private readonly ScriptedContext _context = new(JobId);
    private readonly Dictionary<int, Func<Task<AttemptEnd>>> _attempts = [];
    private JobProgress _job = null!;

    public ProviderRaceCostTests() =>
        _context.On<AttemptInput, AttemptEnd>(nameof(ProviderAttemptOrchestrator), input => _attempts[input.Lane]());

    private IEnumerable<(int Lane, double At)> Started => _context.Calls.Select(c => (Input(c).Lane, c.Seconds));

    private IEnumerable<int> Submits => _context.Calls.Select(c => Input(c).MaxSubmits);

    /// <summary>providers.md section 8: fal and Segmind together cost more than a video is sold for.</summary>
    [Theory]
    [InlineData(0.20, 0.25, false)]
    [InlineData(0.15, 0.25, true)]
    [InlineData(0.20, 0.22, true)] // exactly the cap
    public async Task RunAsync_Failover_StopsWhereThePriceDoes(double first, double second, bool starts)
    {
        Lanes((10, Failed() with { CostUsd = (decimal)first }), (20, Delivered(1)));

        var race = await RunAsync(0.42m, Lane("a", cost: (decimal)first), Lane("b", cost: (decimal)second));

        Assert.Equal(starts ? 2 : 1, _context.Calls.Count);
        Assert.Equal(starts ? null : "provider_unavailable", race.Error?.Code);
    }

    [Fact]
    public async Task RunAsync_FirstTookNothing_ItsMoneyIsThereForTheNext()
    {
        Lanes((10, Failed()), (20, Delivered(1)));

        Assert.Equal(Video(1), (await RunAsync(0.42m, Lane("a", cost: 0.20m), Lane("b", cost: 0.25m))).Video);
    }

    [Fact]
    public async Task RunAsync_NextLaneIsTooDear_ACheaperOneBehindItStarts()
    {
        Lanes((10, Failed() with { CostUsd = 0.20m }), (1, Delivered(1)), (20, Delivered(2)));

        await RunAsync(0.42m, Lane("a", cost: 0.20m), Lane("b", cost: 0.25m), Lane("c", cost: 0.15m));

        Assert.Equal([(0, 0), (2, 10)], Started);
    }

    [Fact]
    public async Task RunAsync_Race_OnlySoManyAsThePricePaysForAndTheNextWhenOneTookNothing()
    {
        Lanes((10, Failed()), (500, Failed() with { CostUsd = 0.20m }), (20, Delivered(2)));

        await RunAsync(0.42m, AtOnce("a"), AtOnce("b"), AtOnce("c"));

        Assert.Equal([(0, 0), (1, 0), (2, 10)], Started);
    }

    [Fact]
    public async Task RunAsync_Hedge_IsNotStartedBesideALaneThatTakesAllTheMoney()
    {
        Lanes((100, Delivered(0)), (1, Delivered(1)));

        await RunAsync(0.42m, Lane("a", cost: 0.25m), Lane("b", LaneStart.AfterDelay, 30, cost: 0.20m));

        Assert.Equal([(0, 0)], Started);
        Assert.Equal(0, _context.OpenTimers);
    }

    [Fact]
    public async Task RunAsync_AttemptBreaks_CountsAsPaid()
    {
        _attempts[0] = () => throw new InvalidOperationException();
        Lanes(1, (20, Delivered(1)));

        Assert.Null((await RunAsync(0.42m, Lane("a", cost: 0.20m), Lane("b", cost: 0.25m))).Video);
        Assert.Single(_context.Calls);
    }

    /// <summary>The submits that each started lane of two at 0.20 may send.</summary>
    [Theory]
    [InlineData(null, 2, 2)]
    [InlineData(0.80, 2, 2)]
    [InlineData(0.60, 2, 2)]
    [InlineData(0.59, 1, 1)] // the money is better spent at the next provider than at the same again
    [InlineData(0.40, 1, 1)]
    [InlineData(0.39, 1)]
    public async Task RunAsync_Failover_SecondSubmitOnlyWhereItLeavesTheMoneyForTheNextLane(double? cap, params int[] submits)
    {
        Lanes((10, Failed() with { CostUsd = 0.20m }), (20, Delivered(1)));

        await RunAsync((decimal?)cap, Lane("a", cost: 0.20m), Lane("b", cost: 0.20m));

        Assert.Equal(submits, Submits);
    }

    [Fact]
    public async Task RunAsync_LastLane_MaySubmitTwiceWhereThePricePaysForIt()
    {
        Lanes((10, Failed()), (20, Delivered(1)));

        await RunAsync(0.42m, Lane("a", cost: 0.20m), Lane("b", cost: 0.20m));

        Assert.Equal([1, 2], Submits);
    }

    [Fact]
    public async Task RunAsync_HedgeAndRace_SubmitOnceBecauseOthersArePaidMeanwhile()
    {
        Lanes((100, Delivered(0)), (100, Delivered(1)));

        await RunAsync(null, Lane("a"), Lane("b", LaneStart.AfterDelay, 30));

        Assert.Equal([1, 1], Submits);
    }

    [Fact]
    public async Task RunAsync_ProviderThatDoesNotCallBack_IsSubmittedToOnce()
    {
        Lanes((100, Delivered(0)));

        await RunAsync(null, Lane("a") with { IsSilent = true });

        Assert.Equal([1], Submits);
    }

    [Fact]
    public async Task RunAsync_AnswerLostBeforeTheHedge_HedgeWaitsUntilTheWaitHasPassed()
    {
        Lanes((200, Failed(FailureClass.AmbiguousSubmit)), (10, Delivered(1)));
        Hold(at: 5, lane: 0, until: 125);

        await RunAsync(null, Lane("a"), Lane("b", LaneStart.AfterDelay, 30));

        Assert.Equal([(0, 0), (1, 125)], Started);
    }

    [Fact]
    public async Task RunAsync_CallbackBringsTheLostJobBack_HedgeStartsThen()
    {
        Lanes((200, Delivered(0)), (300, Delivered(1)));
        Hold(at: 5, lane: 0, until: 125);
        Hold(at: 70, lane: 0, until: 70);

        await RunAsync(null, Lane("a"), Lane("b", LaneStart.AfterDelay, 30));

        Assert.Equal([(0, 0), (1, 70)], Started);
    }

    [Fact]
    public async Task RunAsync_AnswerOfOneOfARaceIsLost_TheFailureOfTheOtherStartsNobodyYet()
    {
        Lanes((10, Failed()), (150, Failed(FailureClass.AmbiguousSubmit)), (10, Delivered(2)));
        Hold(at: 5, lane: 1, until: 125);

        await RunAsync(null, AtOnce("a"), AtOnce("b"), Lane("c"));

        Assert.Equal([(0, 0), (1, 0), (2, 125)], Started);
    }

    [Fact]
    public async Task RunAsync_HeldLaneEndsEarlier_NobodyWaitsForItsTime()
    {
        Lanes((60, Failed()), (10, Delivered(1)));
        Hold(at: 5, lane: 0, until: 125);

        await RunAsync(null, Lane("a"), Lane("b", LaneStart.AfterDelay, 30));

        Assert.Equal([(0, 0), (1, 60)], Started);
    }

    [Fact]
    public async Task RunAsync_TurnedAwayForItsRate_ComesAgainAfterThePause()
    {
        Lanes((1, TurnedAway(30)), (10, Delivered(1)));

        var race = await RunAsync(0.42m, Lane("a", cost: 0.40m));

        Assert.Equal([(0, 0), (1, 31)], Started);
        Assert.Equal(Video(1), race.Video);
        Assert.Equal(["a", "a"], _job.Status.Attempts.Select(a => a.Provider));
        Assert.Equal([JobIds.Attempt(JobId, 0), JobIds.Attempt(JobId, 1)], _context.Calls.Select(c => ((Microsoft.DurableTask.SubOrchestrationOptions)c.Options!).InstanceId));
    }

    [Fact]
    public async Task RunAsync_TurnedAwayForItsRate_OthersComeFirst()
    {
        Lanes((1, TurnedAway(30)), (100, Failed()), (10, Delivered(2)));

        await RunAsync(null, Lane("a"), Lane("b"));

        Assert.Equal([(0, 0), (1, 1), (2, 101)], Started);
    }

    [Fact]
    public async Task RunAsync_TurnedAwayWhileAnotherOfTheRaceRuns_ComesAgainBesideIt()
    {
        Lanes((1, TurnedAway(30)), (100, Delivered(1)), (10, Delivered(2)));

        await RunAsync(null, AtOnce("a"), AtOnce("b"));

        Assert.Equal([(0, 0), (1, 0), (2, 31)], Started);
    }

    [Fact]
    public async Task RunAsync_PauseBeyondTheDeadline_DoesNotComeAgain()
    {
        Lanes((1, TurnedAway(1200)));

        Assert.Equal("provider_unavailable", (await RunAsync(null, Lane("a"))).Error?.Code);
        Assert.Equal(1, _context.SecondsPassed);
    }

    [Fact]
    public async Task RunAsync_TurnedAwayAgainAndAgain_GivesUpAfterSomeTimesWithGrowingPauses()
    {
        Lanes([.. Enumerable.Repeat((0.0, TurnedAway(0)), 9)]);

        await RunAsync(null, Lane("a"));

        Assert.Equal([(0, 0), (1, 1), (2, 3), (3, 7), (4, 15)], Started);
    }

    [Fact]
    public async Task RunAsync_BuyerCancelsDuringThePause_NobodyComesAgain()
    {
        Lanes((1, TurnedAway(30)));
        _context.EventAt(10, JobEvents.Cancel, "cancel");

        Assert.True((await RunAsync(null, Lane("a"))).Canceled);
        Assert.Equal((10, 0), (_context.SecondsPassed, _context.OpenTimers));
    }

    private static LanePlan AtOnce(string name) => Lane(name, LaneStart.AtOnce, cost: 0.20m);

    private static AttemptEnd TurnedAway(double seconds) => Failed(FailureClass.RateLimited) with { RetryAfterSeconds = seconds };

    private static AttemptInput Input(ScriptedCall call) => (AttemptInput)call.Input!;

    /// <summary>It runs already, and may be in the queue of its account.</summary>
    [Fact]
    public async Task RunAsync_AnswerLostWhileAnotherRuns_TheOtherIsTold()
    {
        Lanes((60, Failed() with { CostUsd = 0.20m }), (70, Delivered(1)));
        Hold(at: 5, lane: 0, until: 125);

        await RunAsync(0.42m, Lane("a", cost: 0.20m), Lane("b", LaneStart.AtOnce, cost: 0.20m));

        Assert.Equal((JobIds.Attempt(JobId, 1), JobEvents.Hold, (object)new AttemptHold(0, ScriptedContext.Start.AddSeconds(125))), Assert.Single(_context.Sent));
    }

    private void Hold(double at, int lane, double until) =>
        _context.EventAt(at, JobEvents.Hold, new AttemptHold(lane, ScriptedContext.Start.AddSeconds(until)));

    private void Lanes(params (double Seconds, AttemptEnd End)[] lanes) => Lanes(0, lanes);

    private void Lanes(int first, params (double Seconds, AttemptEnd End)[] lanes)
    {
        foreach (var (i, (seconds, end)) in lanes.Index()) _attempts[first + i] = () => _context.After(seconds, end);
    }

    private Task<RaceEnd> RunAsync(decimal? cap, params LanePlan[] lanes) => _context.RunAsync(async context =>
    {
        var job = PaidJob(lanes);
        var cancellation = context.WaitForExternalEvent<string>(JobEvents.Cancel);
        var race = await ProviderRace.RunAsync(
            context, job with { Plan = job.Plan with { CostCapUsd = cap } }, _job = new JobProgress(context), cancellation);
        await race.Losers;
        return race;
    });
}
