using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>A wall clock that is set while the engine runs or while it is down. Times in comments are the wall clock's, from noon on.</summary>
public sealed class ClockStepTests : IAsyncDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan TenMinutes = 10 * Minute;
    private static readonly TimeSpan Hour = 60 * Minute;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-clock-");
    private readonly ManualTimeProvider _time = new();
    private readonly SettableWallClock _clock;
    private readonly EngineHost _host;
    private int _hosts;

    public ClockStepTests()
    {
        _clock = new(_time);
        _host = Host(new EngineOptions());
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(-1, false)]
    [InlineData(-1, true)]
    public async Task Step_WhileInstancesWait_EachTimerFiresOnceWhenItsTimeHasCome(int hours, bool whileDown)
    {
        var fired = new ConcurrentQueue<string>();
        var tries = 0;
        await _host
            .Activity<string, string>("Note", name =>
            {
                fired.Enqueue(name);
                return name;
            })
            .Activity<string, string>("Flaky", name => Interlocked.Increment(ref tries) == 1 ? throw new IOException("not yet") : name)
            .Orchestrator("Timer", async context =>
            {
                await context.CreateTimer(TenMinutes, CancellationToken.None);
                return await context.CallActivityAsync<string>("Note", "Timer");
            })
            .Orchestrator("Timeout", async context =>
            {
                await Assert.ThrowsAsync<TaskCanceledException>(() => context.WaitForExternalEvent<string>("Never", TenMinutes));
                return await context.CallActivityAsync<string>("Note", "Timeout");
            })
            .Orchestrator("Retry", async context =>
            {
                await context.CallActivityAsync<string>("Flaky", TaskOptions.FromRetryPolicy(Counted(context, 5)));
                return await context.CallActivityAsync<string>("Note", "Retry");
            })
            .Orchestrator("Later", context => context.CallActivityAsync<string>("Note", "Later"))
            .StartAsync();
        await StartAsync("Timer");
        await StartAsync("Timeout");
        await StartAsync("Retry");
        await _host.UntilStatusAsync("Retry", "1");
        await _host.Client.ScheduleNewOrchestrationInstanceAsync(
            "Later", new StartOrchestrationOptions("Later", _clock.GetUtcNow() + TenMinutes));

        if (whileDown) await _host.StopAsync();
        _clock.Step(hours * Hour);
        if (whileDown) await _host.StartAsync();

        if (hours < 0)
        {
            await PassAsync(69 * Minute); // 12:09
            Assert.Empty(fired);
        }

        await PassAsync(Minute);
        string[] all = ["Later", "Retry", "Timeout", "Timer"];
        foreach (var id in all) Assert.Equal(id, (await _host.EndAsync(id)).ReadOutputAs<string>());
        await PassAsync(2 * Hour);
        Assert.Equal(all, fired.Order());
        Assert.Equal(2, tries);
    }

    [Fact]
    public async Task StepBack_BetweenATimersWakeAndItsEpisode_FiresWhenItsTimeComesAgain()
    {
        await _host
            .Orchestrator("Timer", context => context.CreateTimer(TenMinutes, CancellationToken.None))
            .StartAsync();
        await StartAsync("Timer");
        var due = _clock.GetUtcNow() + TenMinutes;
        _clock.Told = now =>
        {
            if (now < due) return;
            _clock.Told = null;
            _clock.Step(-Hour);
        };

        await PassAsync(TenMinutes);
        Assert.Null(_clock.Told);
        await PassAsync(59 * Minute); // 12:09 for the second time
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await _host.GetAsync("Timer")).RuntimeStatus);

        await PassAsync(Minute);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await _host.EndAsync("Timer")).RuntimeStatus);
    }

    [Theory]
    [InlineData(1, 0, "timer")] // at 13:00, before the engine has looked at the clock again
    [InlineData(-1, 20, "event")] // at 11:29, 29 minutes after the start
    public async Task Step_DuringARaceOfAnEventAndATimer_TheEarlierByTheWallClockWins(int hours, int minutesLater, string winner)
    {
        await _host
            .Orchestrator("Race", async context =>
            {
                try
                {
                    return await context.WaitForExternalEvent<string>("Go", TenMinutes);
                }
                catch (TaskCanceledException)
                {
                    return "timer";
                }
            })
            .StartAsync();
        await StartAsync("Race");
        await PassAsync(9 * Minute);

        _clock.Step(hours * Hour);
        await PassAsync(minutesLater * Minute);
        await _host.Client.RaiseEventAsync("Race", "Go", "event");

        Assert.Equal(winner, (await _host.EndAsync("Race")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Steps_OverTurnsContinueAsNewAndARestart_TimeNeverGoesBackAndNoGuidRepeats()
    {
        await _host
            .Orchestrator("Flow", async context =>
            {
                var seen = context.GetInput<List<Moment>>() ?? [];
                for (var turn = 0; turn < 2; turn++)
                {
                    seen.Add(new(context.CurrentUtcDateTime, context.NewGuid()));
                    context.SetCustomStatus($"{seen.Count}");
                    await context.WaitForExternalEvent<object>("Go");
                }

                if (seen.Count < 8) context.ContinueAsNew(seen);
                return seen;
            })
            .StartAsync();
        await StartAsync("Flow");
        int[] hours = [-1, 2, -1, -1, -1, 3, -2, -1];
        foreach (var (turn, step) in hours.Index())
        {
            await _host.UntilStatusAsync("Flow", $"{turn + 1}");
            if (turn == 3) await _host.StopAsync();
            _clock.Step(step * Hour);
            if (turn == 3) await _host.StartAsync();
            await _host.Client.RaiseEventAsync("Flow", "Go");
        }

        var moments = (await _host.EndAsync("Flow")).ReadOutputAs<Moment[]>()!;
        Assert.Equal(moments.Select(m => m.At).Order(), moments.Select(m => m.At));
        Assert.Equal(8, moments.Select(m => m.Id).Distinct().Count());
    }

    /// <summary>The time of the tries is the instance's: a step forward counts as time that has passed, a step back as none.</summary>
    [Theory]
    [InlineData(1, 2)]
    [InlineData(-1, 4)]
    public async Task Step_BetweenTries_RetryTimeoutCountsByTheInstancesTime(int hours, int expectedTries)
    {
        var tries = 0;
        await _host
            .Activity<string, string>("Broken", _ =>
            {
                Interlocked.Increment(ref tries);
                throw new IOException("never");
            })
            .Orchestrator("Retry", async context =>
            {
                var policy = Counted(context, 10, retryTimeout: 3 * TenMinutes);
                await context.CallActivityAsync<string>("Broken", TaskOptions.FromRetryPolicy(policy));
            })
            .StartAsync();
        await StartAsync("Retry");
        await _host.UntilStatusAsync("Retry", "1");

        _clock.Step(hours * Hour);
        await PassAsync(hours > 0 ? Minute : 70 * Minute);
        for (var next = 2; next < expectedTries; next++)
        {
            await _host.UntilStatusAsync("Retry", $"{next}");
            await PassAsync(TenMinutes);
        }

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await _host.EndAsync("Retry")).RuntimeStatus);
        Assert.Equal(expectedTries, tries);
    }

    [Fact]
    public async Task StepBack_CompletedInstances_AreKeptUntilTheyAreOldByTheWallClock()
    {
        await using var host = await Host(new EngineOptions { Retention = 3 * TenMinutes })
            .Orchestrator("Flow", _ => Task.CompletedTask)
            .StartAsync();
        await host.RunAsync("Flow", id: "a");

        _clock.Step(-Hour);
        await PassAsync(80 * Minute, host); // 12:20
        Assert.NotNull(await host.Client.GetInstanceAsync("a"));

        await PassAsync(2 * TenMinutes, host); // 12:40
        await EngineHost.UntilAsync(async () => await host.Client.GetInstanceAsync("a") is null);
    }

    private EngineHost Host(EngineOptions options) =>
        new EngineHost(options with { DatabasePath = Path.Combine(_directory.FullName, $"{_hosts++}.db") }, _clock)
            .Orchestrator("Last", _ => Task.CompletedTask);

    /// <summary>Retries after ten minutes each; the custom status counts the failures.</summary>
    private static RetryPolicy Counted(TaskOrchestrationContext context, int tries, TimeSpan? retryTimeout = null)
    {
        var failures = 0;
        return new RetryPolicy(tries, TenMinutes, retryTimeout: retryTimeout)
        {
            HandleFailure = _ =>
            {
                context.SetCustomStatus($"{++failures}");
                return true;
            },
        };
    }

    private async Task StartAsync(string name)
    {
        await _host.Client.ScheduleNewOrchestrationInstanceAsync(name, new StartOrchestrationOptions(name));
        await _host.Client.WaitForInstanceStartAsync(name);
    }

    /// <summary>Lets time pass, and what is woken by it run.</summary>
    private async Task PassAsync(TimeSpan time, EngineHost? host = null)
    {
        _time.Advance(time);
        await (host ?? _host).RunAsync("Last");
    }

    private sealed record Moment(DateTime At, Guid Id);
}
