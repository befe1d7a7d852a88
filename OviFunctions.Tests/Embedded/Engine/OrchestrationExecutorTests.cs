using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class OrchestrationExecutorTests : IDisposable
{
    private static readonly DateTime Noon = new(2026, 11, 20, 12, 0, 0, DateTimeKind.Utc);
    private static readonly HistoryEvent Started = new(HistoryEventKind.ExecutionStarted);

    private readonly List<Turn> _history = [];
    private readonly CollectedLogs _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public void Run_Replay_SameTimesSameGuidsAndSilentLogs()
    {
        var seen = new List<(DateTime At, Guid Guid, bool Replaying)>();
        Func<TaskOrchestrationContext, Task> code = async context =>
        {
            seen.Clear();
            for (var i = 0; i < 3; i++)
            {
                seen.Add((context.CurrentUtcDateTime, context.NewGuid(), context.IsReplaying));
                context.CreateReplaySafeLogger("flow").LogTurn(i);
                await context.CallActivityAsync("Work");
            }
        };

        Play(code, Started);
        var first = seen[0];
        Play(code, Done(0));
        Play(code, Done(1));

        Assert.Equal((first.At, first.Guid, true), seen[0]);
        Assert.Equal([Noon, Noon.AddMinutes(1), Noon.AddMinutes(2)], seen.Select(s => s.At));
        Assert.Equal([true, true, false], seen.Select(s => s.Replaying));
        Assert.Equal(3, seen.Select(s => s.Guid).Distinct().Count());
        Assert.Equal(["turn 0", "turn 1", "turn 2"], _logs.Messages);
    }

    [Fact]
    public void Run_RecordedActionIsMissing_FailsNamingIt()
    {
        var calls = 2;
        Func<TaskOrchestrationContext, Task> code = context => Task.WhenAll(Enumerable.Range(0, calls).Select(i => context.CallActivityAsync($"Work{i}")));
        Play(code, Started);

        calls = 1;
        var failure = Failure(Play(code, Done(0)));

        Assert.Contains("activity 'Work1' with sequence id 1, but the replay asked for nothing more", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ActionIsNotRecorded_FailsNamingIt()
    {
        var calls = 1;
        Func<TaskOrchestrationContext, Task> code = context => Task.WhenAll(Enumerable.Range(0, calls).Select(i => context.CallActivityAsync($"Work{i}")));
        Play(code, Started);

        calls = 2;
        var failure = Failure(Play(code, Done(0)));

        Assert.Contains("records nothing more, but the replay asked for activity 'Work1' with sequence id 1", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OtherKindAtTheSameSequenceId_Fails()
    {
        var timer = false;
        Func<TaskOrchestrationContext, Task> code = context =>
            timer ? context.CreateTimer(TimeSpan.FromHours(1), default) : context.CallSubOrchestratorAsync("Child");
        Play(code, Started);

        timer = true;
        var failure = Failure(Play(code, Done(0)));

        Assert.Contains("sub-orchestration 'Child' with sequence id 0, but the replay asked for a timer with sequence id 0", failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("returns", "ended")]
    [InlineData("throws", "ended with System.FormatException")]
    [InlineData("strays", "waits for nothing durable")]
    public void Run_ReplayEndsWhereTheHistoryGoesOn_FailsAsNotDeterministic(string change, string expected)
    {
        var now = "";
        Func<TaskOrchestrationContext, Task> code = async context =>
        {
            await context.CallActivityAsync("Pay");
            if (now == "returns") return;
            if (now == "throws") throw new FormatException("another shape");
            if (now == "strays") await new TaskCompletionSource().Task;
            await context.WaitForExternalEvent<string>("Video");
        };
        Play(code, Started);
        Play(code, Done(0));

        now = change;
        var outcome = Play(code, HistoryEvent.Raised("Video", "\"x\""));

        Assert.True(outcome.IsNonDeterministic);
        Assert.Contains($"in turn 1 of instance 'a' the history records that it goes on, but the replay {expected}.", Failure(outcome), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NameDiffersInCaseOnly_IsTheSame()
    {
        var name = "work";
        Func<TaskOrchestrationContext, Task> code = context => context.CallActivityAsync(name);
        Play(code, Started);

        name = "WORK";

        Assert.IsType<ExecutionEnd.Completed>(Play(code, Done(0)).End);
    }

    [Fact]
    public void Run_TimerCancelledInTheTurnOfItsCreation_IsRecordedButNotOpen()
    {
        var outcome = Play(
            async context =>
            {
                using var cancellation = new CancellationTokenSource();
                var timer = context.CreateTimer(TimeSpan.FromHours(1), cancellation.Token);
                cancellation.Cancel();
                await Assert.ThrowsAsync<TaskCanceledException>(() => timer);
            },
            Started);

        Assert.Equal([0], outcome.CancelledTimers);
        Assert.Single(outcome.Actions);
        Assert.IsType<ExecutionEnd.Completed>(outcome.End);
    }

    [Fact]
    public void Run_TimerCancelledInAnEarlierTurn_IsNotReportedAgain()
    {
        Func<TaskOrchestrationContext, Task> code = async context =>
        {
            await context.WaitForExternalEvent<object>("Go", TimeSpan.FromHours(1));
            await context.CallActivityAsync("Work");
        };
        Play(code, Started);

        Assert.Equal([0], Play(code, HistoryEvent.Raised("go", null)).CancelledTimers);
        Assert.Empty(Play(code, Done(1)).CancelledTimers);
    }

    [Fact]
    public void Run_EventThenTimerInOneTurn_EventWinsAlsoInReplay()
    {
        Func<TaskOrchestrationContext, Task> code = async context =>
        {
            var timer = context.CreateTimer(TimeSpan.FromHours(1), default);
            var go = context.WaitForExternalEvent<int>("Go");
            context.SetCustomStatus(await Task.WhenAny(timer, go) == go ? "event" : "timer");
            await context.CallActivityAsync("Work");
        };
        Play(code, Started);

        Assert.Equal("\"event\"", Play(code, HistoryEvent.Raised("Go", "1"), new HistoryEvent(HistoryEventKind.TimerFired, 0)).CustomStatus);
        Assert.Equal("\"event\"", Play(code, Done(1)).CustomStatus);
    }

    [Fact]
    public void Run_AwaitsSomethingThatIsNotDurable_Fails() =>
        Assert.Contains(
            "not durable",
            Failure(Play(
                async context =>
                {
                    await Task.Delay(TimeSpan.FromHours(1), TimeProvider.System);
                    await context.CallActivityAsync("Work");
                },
                Started)),
            StringComparison.Ordinal);

    [Fact]
    public void Run_DurableTaskAwaitedWithoutTheContext_Fails()
    {
        Func<TaskOrchestrationContext, Task> code = async context =>
        {
            await context.CallActivityAsync("Work").ConfigureAwait(false);
            await context.CallActivityAsync("Work");
        };
        Play(code, Started);

        Assert.Contains("not durable", Failure(Play(code, Done(0))), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_TaskYield_StaysOnTheThread() =>
        Assert.Single(Play(
            async context =>
            {
                await Task.Yield();
                await context.CallActivityAsync("Work");
            },
            Started).Actions);

    [Fact]
    public void Run_AsyncVoidThrows_FailsTheInstanceAndNotTheProcess()
    {
        var failure = Failure(Play(
            context =>
            {
                Fire();
                return context.CallActivityAsync("Work");

                static async void Fire()
                {
                    await Task.Yield();
                    throw new FormatException("from async void");
                }
            },
            Started));

        Assert.Contains("from async void", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OrchestratorEndsWithAnOpenTask_GoesOnUntilItIsClosed()
    {
        Func<TaskOrchestrationContext, Task> code = context =>
        {
            _ = context.CallActivityAsync("Slow");
            return Task.CompletedTask;
        };

        Assert.Null(Play(code, Started).End);
        Assert.IsType<ExecutionEnd.Completed>(Play(code, Done(0)).End);
    }

    /// <summary>A top-level instance has nothing to lose before its first turn; a sub-orchestration belongs to one that has.</summary>
    [Theory]
    [InlineData(0, false, false)]
    [InlineData(1, false, true)]
    [InlineData(0, true, true)]
    public void Run_UnknownOrchestrator_FailsAsCodeOfAnotherReleaseIfItHasBegun(int execution, bool isChild, bool expected)
    {
        var instance = Instance() with { Execution = execution, Parent = isChild ? new(2, "dad", "Parent", 0) : null };

        var outcome = Executor().Run(null, instance, [], Noon, [Started], _ => true, () => { });

        Assert.Contains("'Flow'", Failure(outcome), StringComparison.Ordinal);
        Assert.Equal(expected, outcome.IsNonDeterministic);
    }

    [Fact]
    public void Run_ActivityInputIsOptions_IsRefused() =>
        Assert.Contains(
            "Pass it as options",
            Failure(Play(context => context.CallActivityAsync("Work", (object)new TaskOptions()), Started)),
            StringComparison.Ordinal);

    [Fact]
    public void Run_CallWithoutAName_IsRefused()
    {
        Assert.Contains("name", Failure(Play(context => context.CallActivityAsync(""), Started)), StringComparison.OrdinalIgnoreCase);
        _history.Clear();
        Assert.Contains("name", Failure(Play(context => context.CallSubOrchestratorAsync(default), Started)), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Run_TenThousandTurns_NeitherDeepNorSlow()
    {
        Func<TaskOrchestrationContext, Task> code = async context =>
        {
            for (var i = 0; i < 10_000; i++) await context.CallActivityAsync("Work");
        };
        _history.Add(new Turn(Noon, [Started], [new(HistoryEventKind.ActivityScheduled, 0, "Work")]));
        for (var i = 1; i < 10_000; i++) _history.Add(new Turn(Noon, [Done(i - 1)], [new(HistoryEventKind.ActivityScheduled, i, "Work")]));

        Assert.IsType<ExecutionEnd.Completed>(Play(code, Done(9_999)).End);
    }

    [Fact]
    public void Run_AfterAnEpisode_TheThreadsContextIsRestored()
    {
        var before = SynchronizationContext.Current;

        Play(context => context.CallActivityAsync("Work"), Started);

        Assert.Same(before, SynchronizationContext.Current);
    }

    private static HistoryEvent Done(int taskId) => new(HistoryEventKind.TaskCompleted, taskId);

    private static string Failure(EpisodeOutcome outcome) => Assert.IsType<ExecutionEnd.Failed>(outcome.End).Failure.ErrorMessage;

    private static InstanceRecord Instance() => new()
    {
        Key = 1,
        Id = "a",
        Name = "Flow",
        Status = OrchestrationRuntimeStatus.Running,
        CreatedAt = Noon,
        UpdatedAt = Noon,
    };

    private OrchestrationExecutor Executor() => new(new JsonDataConverter(EngineHost.Json), _logs);

    /// <summary>Plays one more turn, a minute after the last, and appends it to the history as the engine would.</summary>
    private EpisodeOutcome Play(Func<TaskOrchestrationContext, Task> code, params HistoryEvent[] inbound)
    {
        var at = Noon.AddMinutes(_history.Count);
        var outcome = Executor().Run(
            async context =>
            {
                await code(context);
                return null;
            },
            Instance(), _history, at, inbound, _ => true, () => { });
        _history.Add(Turn.Unpack(new Turn(at, inbound, [.. outcome.Actions.Select(a => a.ToHistory())]).Pack(), new Dictionary<long, string>()));
        return outcome;
    }
}

internal static partial class FlowLog
{
    [LoggerMessage(1, LogLevel.Information, "turn {Turn}")]
    public static partial void LogTurn(this ILogger logger, int turn);
}

/// <summary>Keeps what is logged.</summary>
internal sealed class CollectedLogs : ILoggerFactory, ILogger
{
    public List<string> Messages { get; } = [];

    public ILogger CreateLogger(string categoryName) => categoryName == "flow" ? this : NullLogger.Instance;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose() { }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Messages.Add(formatter(state, exception));
}
