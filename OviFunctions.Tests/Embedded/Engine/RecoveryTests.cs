using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Tests.Embedded.Store;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class RecoveryTests
{
    /// <summary>Pauses grow while failures follow each other, whatever the wall clock says meanwhile.</summary>
    [Theory]
    [InlineData(1, 5, 400)]
    [InlineData(-1, 60, 100)]
    public async Task RunAsync_ClockIsSet_PausesFollowTheTimeThatPassed(int hours, int secondsBetween, int expectedMilliseconds)
    {
        var time = new ManualTimeProvider();
        var clock = new SettableWallClock(time);
        var recovery = new Recovery(clock, NullLogger<Recovery>.Instance);
        using var stopping = new CancellationTokenSource();
        var running = recovery.RunAsync(_ => Task.CompletedTask, stopping.Token);
        recovery.Request();
        await time.WaiterAsync();
        var begun = clock.Timestamps;
        time.Advance(TimeSpan.FromMilliseconds(200));
        await EngineHost.UntilAsync(() => Task.FromResult(clock.Timestamps > begun)); // it is served

        clock.Step(TimeSpan.FromHours(hours));
        time.Advance(TimeSpan.FromSeconds(secondsBetween));
        recovery.Request();
        await time.WaiterAsync();

        Assert.Equal(TimeSpan.FromMilliseconds(expectedMilliseconds), time.NextTimerAt - time.GetUtcNow());
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task FindWorkAsync_MoreThanAPage_EveryInstanceIsWokenAndEveryActivityQueued()
    {
        await using var store = new MemoryStore();
        var keys = new List<long>();
        for (var i = 0; i <= InstanceStore.PageLimit; i++) keys.Add(await store.StartAsync($"{i}"));
        var activities = keys.Select((_, i) => new NewActivity(i, "Work", null)).ToArray();
        await store.CompleteEpisodeAsync(StoreFixture.Episode(keys[0]) with { Activities = activities });
        await store.RaiseEventAsync("0", "Go", null, StoreFixture.Noon);
        var woken = new List<long>();
        using var timers = new TimerQueue(new ManualTimeProvider(), woken.Add);
        var queue = new ActivityQueue(1);

        await Recovery.FindWorkAsync(store, timers, queue, default);

        Assert.Equal(keys, woken);
        Assert.Equal(activities.Length, queue.Count);
    }
}
