using System.Threading.Channels;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moq;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Discovery;
using OviFunctions.Embedded.Hosting.Invocation;
using OviFunctions.Embedded.Hosting.Timers;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Hosting.Timers;

/// <summary>A timer that is due every five minutes, from 12:00 on.</summary>
public sealed class TimerRunnerTests : IAsyncDisposable
{
    private const string EveryFiveMinutes = "0 */5 * * * *";

    private readonly TestFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly SettableWallClock _clock;
    private readonly LogRecorder _log = new();
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();
    private readonly Channel<(DateTimeOffset At, TimerInfo Timer)> _runs = Channel.CreateUnbounded<(DateTimeOffset, TimerInfo)>();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _running = [];
    private Func<CancellationToken, Task> _function = _ => Task.CompletedTask;
    private int _atOnce;

    public TimerRunnerTests() => _clock = new(_time);

    private DateTimeOffset Noon { get; } = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running);
        _stopping.Dispose();
        await _services.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Run_Schedule_RunsTheFunctionWhenItIsDue()
    {
        Start();
        for (var minute = 5; minute <= 15; minute += 5)
        {
            await WaitingAsync();
            _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
            Assert.False(_runs.Reader.TryPeek(out _));
            _time.Advance(TimeSpan.FromTicks(1));

            var (at, timer) = await NextRunAsync();
            Assert.Equal(Noon.AddMinutes(minute), at);
            Assert.False(timer.IsPastDue);
            Assert.Equal(Noon.AddMinutes(minute).UtcDateTime, timer.ScheduleStatus!.Next);
            Assert.Equal(minute == 5 ? default : Noon.AddMinutes(minute - 5).UtcDateTime, timer.ScheduleStatus.Last);
        }
    }

    [Fact]
    public async Task Run_FunctionOutlastsItsSchedule_NeverRunsTwiceAtOnceAndCatchesUpWithOneRun()
    {
        var release = new TaskCompletionSource();
        _function = _ => release.Task;
        Start();
        await WaitingAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        await NextRunAsync();

        _time.Advance(TimeSpan.FromMinutes(17));
        Assert.False(_runs.Reader.TryPeek(out _));
        release.SetResult();

        Assert.Equal(Noon.AddMinutes(22), (await NextRunAsync()).At);
        await WaitingAsync();
        Assert.False(_runs.Reader.TryPeek(out _));
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(Noon.AddMinutes(25), (await NextRunAsync()).At);
    }

    [Fact]
    public async Task Run_DueWhileTheHostWasDown_RunsAtOncePastDue()
    {
        await RunUntilWaitingAsync();

        _time.Advance(TimeSpan.FromMinutes(12));
        Start();

        var (at, timer) = await NextRunAsync();
        Assert.Equal(Noon.AddMinutes(12), at);
        Assert.True(timer.IsPastDue);
        Assert.Equal(Noon.AddMinutes(5).UtcDateTime, timer.ScheduleStatus!.Next);
        await WaitingAsync();
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.False((await NextRunAsync()).Timer.IsPastDue);
    }

    [Theory]
    [InlineData(3, EveryFiveMinutes, true)]
    [InlineData(12, "0 0 * * * *", true)]
    [InlineData(12, EveryFiveMinutes, false)]
    public async Task Run_NothingWasMissed_WaitsForTheSchedule(int minutesDown, string schedule, bool monitor)
    {
        await RunUntilWaitingAsync();

        _time.Advance(TimeSpan.FromMinutes(minutesDown));
        Start(schedule, monitor);
        await WaitingAsync();
        Assert.False(_runs.Reader.TryPeek(out _));
        _time.Advance(TimeSpan.FromHours(1));

        var (_, timer) = await NextRunAsync();
        Assert.False(timer.IsPastDue);
        Assert.Equal(monitor, timer.ScheduleStatus is not null);
    }

    [Fact]
    public async Task Run_OnStartup_RunsAtOnceAndThenOnSchedule()
    {
        Start(runOnStartup: true);

        Assert.Equal(Noon, (await NextRunAsync()).At);
        await WaitingAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(Noon.AddMinutes(5), (await NextRunAsync()).At);
    }

    [Fact]
    public async Task Run_FunctionThrows_IsLoggedAndTheScheduleGoesOn()
    {
        _function = _ => throw new InvalidOperationException("broken");
        Start();
        await WaitingAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        await NextRunAsync();
        await WaitingAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        await NextRunAsync();
        await WaitingAsync();

        Assert.Equal(2, _log.Lines.Count(line => line is { Level: LogLevel.Error, Message: "Timer function Sweep failed." }));
    }

    [Fact]
    public async Task Run_HostStopsDuringARun_CancelsItAndMakesUpForItAtTheNextStart()
    {
        _function = token => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        Start();
        await WaitingAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        await NextRunAsync();

        await _stopping.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(1));
        _function = _ => Task.CompletedTask;
        using var second = new CancellationTokenSource();
        var restarted = Run(EveryFiveMinutes, true, false, second.Token);

        Assert.True((await NextRunAsync()).Timer.IsPastDue);
        await second.CancelAsync();
        await restarted;
    }

    [Fact]
    public async Task Run_FunctionExceedsTheTimeout_ItsTokenIsCancelled()
    {
        _function = token => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        Start();
        await WaitingAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        await NextRunAsync();

        _time.Advance(TimeSpan.FromMinutes(10));

        await Eventually.TrueAsync(() => _log.Lines.Any(line => line.Exception is OperationCanceledException));
        Assert.Equal(Noon.AddMinutes(15), (await NextRunAsync()).At);
    }

    [Fact]
    public async Task Run_ClockIsSetForward_RunsWithinAMinute()
    {
        Start("0 30 * * * *");
        await WaitingAsync();

        _clock.Step(TimeSpan.FromHours(1));
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(Noon.AddMinutes(61), (await NextRunAsync()).At);
        await WaitingAsync();
        Assert.False(_runs.Reader.TryPeek(out _));
    }

    [Fact]
    public async Task Run_ClockIsSetBack_RunsOnceForEachDueTime()
    {
        Start();
        await WaitingAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(Noon.AddMinutes(5), (await NextRunAsync()).At);
        await WaitingAsync();

        _clock.Step(TimeSpan.FromHours(-1));
        _time.Advance(TimeSpan.FromMinutes(64));
        await WaitingAsync();
        Assert.False(_runs.Reader.TryPeek(out _));
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(Noon.AddMinutes(10), (await NextRunAsync()).At);
    }

    /// <summary>Such small steps back happen whenever a clock is kept right.</summary>
    [Fact]
    public async Task Run_ClockIsSetBackALittleAsARunIsDue_DoesNotRunTwice()
    {
        Start();
        await WaitingAsync();
        _clock.Told = now =>
        {
            if (now < Noon.AddMinutes(5)) return;
            _clock.Told = null;
            _clock.Step(TimeSpan.FromMilliseconds(-2));
        };

        _time.Advance(TimeSpan.FromMinutes(5));
        await NextRunAsync();
        await WaitingAsync();
        _time.Advance(TimeSpan.FromMinutes(4));

        await WaitingAsync();
        Assert.False(_runs.Reader.TryPeek(out _));
    }

    private void Start(string schedule = EveryFiveMinutes, bool monitor = true, bool runOnStartup = false) =>
        _running.Add(Run(schedule, monitor, runOnStartup, _stopping.Token));

    /// <summary>A host that ran for a moment and stopped.</summary>
    private async Task RunUntilWaitingAsync()
    {
        using var stopping = new CancellationTokenSource();
        var run = Run(EveryFiveMinutes, true, false, stopping.Token);
        await WaitingAsync();
        await stopping.CancelAsync();
        await run;
    }

    /// <summary>Each run has a store of its own, as after a restart.</summary>
    private async Task Run(string expression, bool monitor, bool runOnStartup, CancellationToken stopping)
    {
        Assert.True(TimerSchedule.TryParse(expression, _clock.GetUtcNow(), out var schedule, out _));
        var code = new FunctionCode(
            Mock.Of<FunctionDefinition>(), InvokeAsync, null, [context => context.Trigger, context => context.CancellationToken]);
        using var loggers = new LoggerFactory([_log]);
        using var store = new TimerStatusStore(new DatabaseLocation(_folder["hub.db"]), loggers.CreateLogger<TimerStatusStore>());
        var host = new HostSettings("api", TimeSpan.FromMinutes(10), "hub", null, null, []);
        var runner = new TimerRunner(
            store, new FunctionPipeline([]), _services.GetRequiredService<IServiceScopeFactory>(), host, _clock, loggers.CreateLogger<TimerRunner>());
        await Task.Run(() => runner.RunAsync(new TimerFunction("Sweep", code, schedule, monitor, runOnStartup), stopping), CancellationToken.None);
    }

    private async Task<object?> InvokeAsync(object? instance, object?[] arguments)
    {
        Assert.Equal(1, Interlocked.Increment(ref _atOnce));
        try
        {
            _runs.Writer.TryWrite((_clock.GetUtcNow(), (TimerInfo)arguments[0]!));
            await _function((CancellationToken)arguments[1]!);
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }

    /// <summary>Until the timer waits for its next run.</summary>
    private Task WaitingAsync() => Eventually.TrueAsync(() => Volatile.Read(ref _atOnce) == 0 && _time.PendingTimers == 1);

    private async Task<(DateTimeOffset At, TimerInfo Timer)> NextRunAsync() =>
        await _runs.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
}
