using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

public sealed class ProviderRaceTests
{
    private readonly ScriptedContext _context = new(JobId);
    private readonly Dictionary<int, Func<Task<AttemptEnd>>> _attempts = [];
    private JobProgress _job = null!;

    public ProviderRaceTests() =>
        _context.On<AttemptInput, AttemptEnd>(nameof(ProviderAttemptOrchestrator), input => _attempts[input.Lane]());

    /// <summary>The lanes that were started, with the second in which they were.</summary>
    private IEnumerable<(int Lane, double At)> Started => _context.Calls.Select(c => (((AttemptInput)c.Input!).Lane, c.Seconds));

    private IEnumerable<(int, AttemptState, FailureClass?)> Table => _job.Status.Attempts.Select(a => (a.Lane, a.State, a.Failure));

    [Fact]
    public async Task RunAsync_Failover_NextLaneStartsOnlyWhenTheOneBeforeHasFailed()
    {
        Lanes((10, Failed(FailureClass.RateLimited)), (20, Delivered(1)), (1, Delivered(2)));

        var race = await RunAsync(Lane("a"), Lane("b"), Lane("c"));

        Assert.Equal([(0, 0), (1, 10)], Started);
        Assert.Equal((Video(1), (JobError?)null, false), (race.Video, race.Error, race.Canceled));
        Assert.Equal([(0, AttemptState.Failed, FailureClass.RateLimited), (1, AttemptState.Delivered, (FailureClass?)null)], Table);
        Assert.Empty(_context.Sent);
    }

    [Fact]
    public async Task RunAsync_AttemptsTable_HasProvidersAndTimes()
    {
        Lanes((10, Failed()), (20, Delivered(1)));

        await RunAsync(Lane("a"), Lane("b"));

        Assert.Equal(["a", "b"], _job.Status.Attempts.Select(a => a.Provider));
        Assert.Equal([0, 10], _job.Status.Attempts.Select(a => Seconds(a.StartedAt)));
        Assert.Equal([10, 30], _job.Status.Attempts.Select(a => Seconds(a.EndedAt!.Value)));
        Assert.Contains(
            _context.Statuses.Cast<JobStatus>(),
            s => s.Attempts is [{ State: AttemptState.Failed }, { State: AttemptState.Running }]);
    }

    [Fact]
    public async Task RunAsync_Attempt_KnowsItsLaneAndTheCommonDeadline()
    {
        Lanes((10, Failed()), (20, Delivered(1)));

        await RunAsync(Lane("a"), Lane("b"));

        Assert.All(_context.Calls, c => Assert.Equal(ScriptedContext.Start.AddMinutes(20), ((AttemptInput)c.Input!).Deadline));
        Assert.Equal(["a", "b"], _context.Calls.Select(c => ((AttemptInput)c.Input!).Provider));
        Assert.Equal(
            [JobIds.Attempt(JobId, 0), JobIds.Attempt(JobId, 1)],
            _context.Calls.Select(c => ((Microsoft.DurableTask.SubOrchestrationOptions)c.Options!).InstanceId));
    }

    [Fact]
    public async Task RunAsync_HedgeIsNotNeeded_SecondLaneNeverStarts()
    {
        Lanes((59, Delivered()), (1, Delivered(1)));

        await RunAsync(Lane("a"), Lane("b", LaneStart.AfterDelay, 60));

        Assert.Equal([(0, 0)], Started);
        Assert.Equal(0, _context.OpenTimers);
    }

    [Fact]
    public async Task RunAsync_HedgeIsSlow_SecondLaneStartsAfterTheDelayAndFirstVideoWins()
    {
        Lanes((90, Delivered(0)), (100, Delivered(1)));

        var race = await RunAsync(Lane("a"), Lane("b", LaneStart.AfterDelay, 60));

        Assert.Equal([(0, 0), (1, 60)], Started);
        Assert.Equal(Video(0), race.Video);
        Assert.Equal([(JobIds.Attempt(JobId, 1), JobEvents.Stop, (object)StopReason.AnotherDelivered)], _context.Sent);
        Assert.Equal(0, _context.OpenTimers);
    }

    [Fact]
    public async Task RunAsync_HedgeFailsBeforeTheDelay_SecondLaneStartsAtOnce()
    {
        Lanes((7, Failed()), (10, Delivered(1)));

        await RunAsync(Lane("a"), Lane("b", LaneStart.AfterDelay, 60));

        Assert.Equal([(0, 0), (1, 7)], Started);
    }

    [Fact]
    public async Task RunAsync_SeveralDelays_EachCountsFromTheStartBefore()
    {
        Lanes((1000, Delivered(0)), (1000, Delivered(1)), (1000, Delivered(2)));

        await RunAsync(Lane("a"), Lane("b", LaneStart.AfterDelay, 60), Lane("c", LaneStart.AfterDelay, 30));

        Assert.Equal([(0, 0), (1, 60), (2, 90)], Started);
    }

    [Fact]
    public async Task RunAsync_FirstLaneHasADelay_StartsAtOnceAllTheSame()
    {
        Lanes((1, Delivered()));

        await RunAsync(Lane("a", LaneStart.AfterDelay, 60));

        Assert.Equal([(0, 0)], Started);
    }

    [Theory]
    [InlineData(10, 20, 0)]
    [InlineData(20, 10, 1)]
    [InlineData(10, 10, 0)] // in the same turn the earlier lane wins
    public async Task RunAsync_Race_FirstVideoWinsWhicheverLane(double first, double second, int winner)
    {
        Lanes((first, Delivered(0)), (second, Delivered(1)));

        var race = await RunAsync(Lane("a", LaneStart.AtOnce), Lane("b", LaneStart.AtOnce));

        Assert.Equal([(0, 0), (1, 0)], Started);
        Assert.Equal(Video(winner), race.Video);

        // The other one finished all the same; that is shown, and changes nothing.
        Assert.Equal([(0, AttemptState.Delivered, null), (1, AttemptState.Delivered, (FailureClass?)null)], Table);
    }

    [Fact]
    public async Task RunAsync_LoserFinishesLate_WinnerIsNotHeldUp()
    {
        Lanes((10, Delivered(0)), (500, Stopped));
        double wonAt = 0;

        var race = await _context.RunAsync(async context =>
        {
            var end = await ProviderRace.RunAsync(
                context, PaidJob(Lane("a"), Lane("b", LaneStart.AtOnce)), _job = new JobProgress(context), Never());
            wonAt = _context.SecondsPassed;
            Assert.False(end.Losers.IsCompleted);
            await end.Losers;
            return end;
        });

        Assert.Equal((10, 500), (wonAt, _context.SecondsPassed));
        Assert.Equal(Video(0), race.Video);
        Assert.Equal([(0, AttemptState.Delivered, null), (1, AttemptState.Stopped, (FailureClass?)null)], Table);
    }

    [Fact]
    public async Task RunAsync_LaneStartsInTheTurnInWhichAnotherDelivers_IsToldToStopOnlyWhenItIsThere()
    {
        var sent = -1;
        var won = new TaskCompletionSource<AttemptEnd>();
        _attempts[0] = () => won.Task;
        Lanes(1, (100, Stopped));

        // Behind the timer of the second lane, in the same second.
        _context.At(10, () => _context.At(10, () => won.SetResult(Delivered(0)))).At(10.5, () => sent = _context.Sent.Count);

        await RunAsync(Lane("a"), Lane("b", LaneStart.AfterDelay, 10));

        Assert.Equal([(0, 0), (1, 10)], Started);
        Assert.Equal((0, 1), (sent, _context.Sent.Count));
    }

    [Fact]
    public async Task RunAsync_RaceWithAFailure_TheOtherLaneDecides()
    {
        Lanes((10, Failed()), (20, Delivered(1)));

        Assert.Equal(Video(1), (await RunAsync(Lane("a"), Lane("b", LaneStart.AtOnce))).Video);
    }

    [Fact]
    public async Task RunAsync_ThreeLanesInFailover_OneFailureStartsOneMore()
    {
        Lanes((10, Failed()), (30, Failed()), (5, Delivered(2)));

        await RunAsync(Lane("a"), Lane("b"), Lane("c"));

        Assert.Equal([(0, 0), (1, 10), (2, 40)], Started);
    }

    [Fact]
    public async Task RunAsync_TwoOfARaceFailOneAfterTheOther_EachFailureStartsOneMore()
    {
        Lanes((10, Failed()), (20, Failed()), (100, Delivered(2)), (100, Delivered(3)));

        await RunAsync(Lane("a"), Lane("b", LaneStart.AtOnce), Lane("c"), Lane("d"));

        Assert.Equal([(0, 0), (1, 0), (2, 10), (3, 20)], Started);
    }

    [Fact]
    public async Task RunAsync_AllFail_ErrorIsTheOneThatTheBuyerCanMend()
    {
        Lanes((1, Failed(FailureClass.RateLimited)), (1, Failed(FailureClass.ContentPolicy)), (1, Failed(FailureClass.ProviderTimeout)));

        var race = await RunAsync(Lane("a"), Lane("b"), Lane("c"));

        Assert.Equal((null, "content_policy", false), (race.Video, race.Error?.Code, race.Canceled));
        Assert.Equal(3, _job.Status.Attempts.Count(a => a.State == AttemptState.Failed));
    }

    [Fact]
    public async Task RunAsync_AttemptBreaks_IsAFailureLikeAnyOther()
    {
        _attempts[0] = () => throw new InvalidOperationException();
        Lanes(1, (5, Delivered(1)));

        var race = await RunAsync(Lane("a"), Lane("b"));

        Assert.Equal(Video(1), race.Video);
        Assert.Equal([(0, AttemptState.Failed, null), (1, AttemptState.Delivered, (FailureClass?)null)], Table);
    }

    [Theory]
    [InlineData(false, "internal_error")]
    [InlineData(true, "provider_timeout")]
    public async Task RunAsync_AttemptBreaksAndNobodyDelivers_ProvidersAreBlamedOnlyForWhatTheyDid(bool otherFails, string code)
    {
        _attempts[0] = () => throw new InvalidOperationException();
        Lanes(1, (5, Failed(FailureClass.ProviderTimeout)));

        var race = await RunAsync(otherFails ? [Lane("a"), Lane("b")] : [Lane("a")]);

        Assert.Equal(code, race.Error?.Code);
    }

    [Fact]
    public async Task RunAsync_LaneRunsOutOfTime_NextOneIsNotStartedAfterTheDeadline()
    {
        Lanes((1200, Failed(FailureClass.ProviderTimeout)), (5, Delivered(1)));

        var race = await RunAsync(Lane("a"), Lane("b"));

        Assert.Equal([(0, 0)], Started);
        Assert.Equal("provider_timeout", race.Error?.Code);
    }

    [Fact]
    public async Task RunAsync_DelayBeyondTheDeadline_LaneIsNotStartedAndNoTimerSpins()
    {
        Lanes((1500, Failed(FailureClass.ProviderTimeout)), (5, Delivered(1)));

        await RunAsync(Lane("a"), Lane("b", LaneStart.AfterDelay, 1200));

        Assert.Equal([(0, 0)], Started);
        Assert.Equal(0, _context.TimersCreated);
    }

    [Fact]
    public async Task RunAsync_BuyerCancels_AttemptsAreToldAndNoFurtherLaneStarts()
    {
        Lanes((20, Stopped), (30, Failed()), (1, Delivered(2)));

        var race = await RunAsync(cancelAt: 10, Lane("a"), Lane("b", LaneStart.AtOnce), Lane("c", LaneStart.AfterDelay, 60));

        Assert.Equal([(0, 0), (1, 0)], Started);
        Assert.Equal((null, JobErrors.Canceled, true), (race.Video, race.Error, race.Canceled));
        Assert.Equal(
            [(JobIds.Attempt(JobId, 0), (object)StopReason.BuyerCanceled), (JobIds.Attempt(JobId, 1), StopReason.BuyerCanceled)],
            _context.Sent.Select(s => (s.InstanceId, s.Payload)));
        Assert.Equal(0, _context.OpenTimers);
    }

    [Fact]
    public async Task RunAsync_BuyerCanceledBefore_NothingIsStarted()
    {
        var race = await RunAsync(cancelAt: 0, Lane("a"));

        Assert.True(race.Canceled);
        Assert.Empty(_context.Calls);
        Assert.Empty(_context.Sent);
    }

    [Fact]
    public async Task RunAsync_BuyerCancelsAndOneDelivers_VideoWinsAndTheOtherIsStoppedForGood()
    {
        Lanes((20, Delivered(0)), (30, Stopped));

        var race = await RunAsync(cancelAt: 10, Lane("a"), Lane("b", LaneStart.AtOnce));

        Assert.Equal((Video(0), false), (race.Video, race.Canceled));
        Assert.Equal((JobIds.Attempt(JobId, 1), JobEvents.Stop, StopReason.AnotherDelivered), _context.Sent[^1]);
    }

    [Fact]
    public async Task RunAsync_CancelAndVideoInTheSameTurn_VideoWins()
    {
        Lanes((10, Delivered(0)));

        Assert.Equal(Video(0), (await RunAsync(cancelAt: 10, Lane("a"))).Video);
    }

    [Fact]
    public async Task RunAsync_CancelAndFailureInTheSameTurn_NoFurtherLaneStarts()
    {
        Lanes((10, Failed()), (1, Delivered(1)));

        var race = await RunAsync(cancelAt: 10, Lane("a"), Lane("b"));

        Assert.True(race.Canceled);
        Assert.Equal([(0, 0)], Started);
    }

    private static Task<string> Never() => new TaskCompletionSource<string>().Task;

    private static double Seconds(DateTimeOffset at) => (at.UtcDateTime - ScriptedContext.Start).TotalSeconds;

    /// <summary>How long each lane's attempt takes, and its end.</summary>
    private void Lanes(params (double Seconds, AttemptEnd End)[] lanes) => Lanes(0, lanes);

    private void Lanes(int first, params (double Seconds, AttemptEnd End)[] lanes)
    {
        for (var i = 0; i < lanes.Length; i++)
        {
            var (seconds, end) = lanes[i];
            _attempts[first + i] = () => _context.After(seconds, end);
        }
    }

    private Task<RaceEnd> RunAsync(params LanePlan[] lanes) => RunAsync(cancelAt: null, lanes);

    private Task<RaceEnd> RunAsync(double? cancelAt, params LanePlan[] lanes)
    {
        if (cancelAt == 0) _context.Raise(JobEvents.Cancel, "cancel");
        else if (cancelAt is { } at) _context.EventAt(at, JobEvents.Cancel, "cancel");
        return _context.RunAsync(async context =>
        {
            var cancellation = context.WaitForExternalEvent<string>(JobEvents.Cancel);
            var race = await ProviderRace.RunAsync(context, PaidJob(lanes), _job = new JobProgress(context), cancellation);
            await race.Losers;
            return race;
        });
    }
}
