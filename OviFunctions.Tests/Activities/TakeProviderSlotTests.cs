using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Tests.Providers.Health;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Activities;

/// <summary>An account that takes only so many jobs at once, asked by two machines.</summary>
public sealed class TakeProviderSlotTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();
    private readonly HealthMachine _here;
    private readonly HealthMachine _there;

    public TakeProviderSlotTests() => (_here, _there) = (new(_records, _clock), new(_records, _clock));

    [Fact]
    public async Task Run_ManyAtOnceOnTwoMachines_NoMoreThanTheLimitGetOne()
    {
        var steps = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => (i % 2 == 0 ? _here : _there).TakeAsync($"job{i}", max: 3))));

        Assert.Equal(3, steps.Count(step => step.Granted));
        Assert.All(steps.Where(step => !step.Granted), step => Assert.InRange(step.WaitSeconds, 1, 30));
        var state = await _here.StateAsync();
        Assert.Equal((3, 37), (state.Slots.Count, state.Queue.Count));
    }

    [Fact]
    public async Task Run_Again_HasTheSameSlot()
    {
        Assert.True((await _here.TakeAsync("a")).Granted);
        Assert.True((await _there.TakeAsync("a")).Granted); // the machine died before the engine knew

        Assert.Single((await _here.StateAsync()).Slots);
        Assert.False((await _here.TakeAsync("b")).Granted);
    }

    [Fact]
    public async Task Run_SlotGivenBack_GoesToWhoCameFirstAndNotToWhoAsksFirst()
    {
        await _here.TakeAsync("a");
        await _there.TakeAsync("b");
        await _here.TakeAsync("c");
        await _here.EndAsync("a");

        Assert.False((await _here.TakeAsync("c")).Granted);
        Assert.False((await _here.TakeAsync("late")).Granted);
        Assert.True((await _there.TakeAsync("b")).Granted);
    }

    [Fact]
    public async Task Run_TheFirstInTheQueueAsksNoMore_IsPassedOverAndKeepsItsPlace()
    {
        await _here.TakeAsync("a", max: 1);
        await _here.TakeAsync("gone");
        _clock.Advance(TimeSpan.FromSeconds(60));
        await _here.TakeAsync("b");
        await _here.TakeAsync("c");
        await _here.EndAsync("a");
        Assert.False((await _here.TakeAsync("b")).Granted);

        _clock.Advance(TimeSpan.FromSeconds(31));

        Assert.True((await _here.TakeAsync("b")).Granted);
        await _here.TakeAsync("gone");
        await _here.EndAsync("b");
        Assert.False((await _here.TakeAsync("c")).Granted);
        Assert.True((await _here.TakeAsync("gone")).Granted);
    }

    [Fact]
    public async Task Run_WaitsLong_WhoAsksKeepsItsTurn()
    {
        await _here.TakeAsync("a", minutes: 60);
        await _here.TakeAsync("b", minutes: 60);
        for (var i = 0; i < 20; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(30));
            Assert.False((await _here.TakeAsync("b", minutes: 60)).Granted);
        }

        await _here.EndAsync("a");
        Assert.False((await _there.TakeAsync("late", minutes: 60)).Granted);
        Assert.True((await _there.TakeAsync("b", minutes: 60)).Granted);
    }

    [Fact]
    public async Task Run_NobodyGaveTheSlotBack_IsFreeAfterTheDeadline()
    {
        await _here.TakeAsync("lost", minutes: 20);
        _clock.Advance(TimeSpan.FromMinutes(24));
        Assert.False((await _here.TakeAsync("b")).Granted);

        _clock.Advance(TimeSpan.FromMinutes(2));

        Assert.True((await _here.TakeAsync("b")).Granted);
    }

    [Fact]
    public async Task Run_StoppedWhileItWaited_LeavesTheQueue()
    {
        await _here.TakeAsync("a");
        await _here.TakeAsync("b");
        await _here.EndAsync("b", AttemptState.Stopped);
        await _here.EndAsync("a");

        Assert.True((await _here.TakeAsync("c")).Granted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(null)]
    public async Task Run_ProviderAskedForAPause_IsWaitedForOnAllMachines(int? max)
    {
        await _here.EndAsync("a", AttemptState.Failed, new ProviderFailure(FailureClass.RateLimited, "429", "Slow down.") { RetryAfterSeconds = 20 });

        var step = await _there.TakeAsync("b", max);
        Assert.Equal((false, 20), (step.Granted, step.WaitSeconds));
        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.True((await _there.TakeAsync("b", max)).Granted);
    }

    /// <summary>The job may have another lane, which waits for this one's end.</summary>
    [Fact]
    public async Task Run_LimitedAccountAskedForALongPause_IsRefusedUntilThenAndThePauseDoesNotGrow()
    {
        await _here.TakeAsync("b", max: 1);
        await _here.TakeAsync("c", max: 1);
        await _here.EndAsync("a", AttemptState.Failed, new ProviderFailure(FailureClass.RateLimited, "429", "Slow down.") { RetryAfterSeconds = 600 });
        _clock.Advance(TimeSpan.FromSeconds(10));

        var step = await _there.TakeAsync("c");

        Assert.Equal((false, FailureClass.RateLimited, 590.0), (step.Granted, step.Refused!.Class, step.Refused.RetryAfterSeconds));
        _clock.Advance(TimeSpan.FromSeconds(10));
        await _there.EndAsync("c", AttemptState.Failed, step.Refused);
        var state = await _here.StateAsync();
        Assert.Equal((_clock.GetUtcNow().AddSeconds(580), 0), (state.PausedUntil, state.Queue.Count));
        Assert.True((await _here.TakeAsync("b")).Granted); // it had its place before
    }

    [Theory]
    [InlineData(1)]
    [InlineData(null)]
    public async Task Run_AccountIsOut_IsRefusedInsteadOfWaiting(int? max)
    {
        await _here.FailForCreditsAsync("a");

        var step = await _there.TakeAsync("b", max);

        Assert.False(step.Granted);
        Assert.Equal((FailureClass.ProviderUnavailable, ProviderFailure.NotSent), (step.Refused!.Class, step.Refused.Code));
    }

    [Fact]
    public async Task Run_StorageIsDown_AsksAgainLater()
    {
        _records.Before = (_, _) => throw new IOException("down");

        var step = await _here.TakeAsync("a");

        Assert.False(step.Granted);
        Assert.True(step.WaitSeconds > 0);
    }
}
