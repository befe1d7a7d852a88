using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace OviFunctions.Tests.Support;

/// <summary>
/// An orchestration in one thread and in a time of its own: activities and sub-orchestrations answer as a test wrote down,
/// timers fire when nothing else is left to happen, and everything that was asked for is remembered. What it does not
/// have, replay above all, the tests on the embedded engine have.
/// </summary>
internal sealed class ScriptedContext(string instanceId = "instance") : TaskOrchestrationContext
{
    public static readonly DateTime Start = new(2026, 11, 20, 12, 0, 0, DateTimeKind.Utc);

    private const int MostSteps = 10_000;

    private readonly Dictionary<string, Func<object?, Task<object?>>> _functions = [];
    private readonly PriorityQueue<Action, (DateTime At, int Order)> _agenda = new();
    private readonly Dictionary<string, Stack<Action<object>>> _waiters = [];
    private readonly Dictionary<string, Queue<object>> _early = [];
    private int _order;
    private DateTime _now = Start;

    public override TaskName Name => "Scripted";

    public override string InstanceId => instanceId;

    public override ParentOrchestrationInstance? Parent => null;

    public override DateTime CurrentUtcDateTime => _now;

    public override bool IsReplaying => false;

    protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    /// <summary>Activities and sub-orchestrations, in the order of the calls.</summary>
    public List<ScriptedCall> Calls { get; } = [];

    /// <summary>Events that were sent to other orchestrations.</summary>
    public List<(string InstanceId, string Event, object Payload)> Sent { get; } = [];

    public List<object?> Statuses { get; } = [];

    /// <summary>Timers that have neither fired nor been cancelled: each would keep the instance running.</summary>
    public int OpenTimers { get; private set; }

    public int TimersCreated { get; private set; }

    public double SecondsPassed => (_now - Start).TotalSeconds;

    /// <summary>How an activity or sub-orchestration answers. An exception becomes what the engine throws after all retries.</summary>
    public ScriptedContext On<TIn, TOut>(string name, Func<TIn, TOut> answer) =>
        On<TIn, TOut>(name, input => Task.FromResult(answer(input)));

    /// <inheritdoc cref="On{TIn, TOut}(string, Func{TIn, TOut})"/>
    public ScriptedContext On<TIn, TOut>(string name, Func<TIn, Task<TOut>> answer)
    {
        _functions[name] = async input => await answer((TIn)input!);
        return this;
    }

    /// <summary>An activity that keeps failing.</summary>
    public ScriptedContext Break(string name) =>
        On<object?, object?>(name, Task<object?> (_) => throw new InvalidOperationException($"{name} is broken."));

    /// <summary>Lets something happen, so many seconds after the start, or at once if that is over.</summary>
    public ScriptedContext At(double seconds, Action happening)
    {
        var at = Start.AddSeconds(seconds);
        _agenda.Enqueue(happening, (at < _now ? _now : at, _order++));
        return this;
    }

    public ScriptedContext EventAt(double seconds, string name, object payload) => At(seconds, () => Raise(name, payload));

    /// <summary>The value, after so many seconds from now.</summary>
    public Task<T> After<T>(double seconds, T value)
    {
        var source = new TaskCompletionSource<T>();
        At(SecondsPassed + seconds, () => source.SetResult(value));
        return source.Task;
    }

    /// <summary>Raises an event now.</summary>
    public void Raise(string name, object payload)
    {
        if (_waiters.TryGetValue(name, out var waiters) && waiters.TryPop(out var newest)) newest(payload);
        else (_early.TryGetValue(name, out var queue) ? queue : _early[name] = new()).Enqueue(payload);
    }

    /// <summary>Runs an orchestrator to its end.</summary>
    public async Task<T> RunAsync<T>(Func<TaskOrchestrationContext, Task<T>> orchestrator)
    {
        // Without a context of the test runner's, continuations run where their task is completed: in this loop.
        var previous = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var run = orchestrator(this);
            for (var steps = 0; !run.IsCompleted; steps++)
            {
                Assert.True(steps < MostSteps, "The orchestration does not come to an end.");
                Assert.True(_agenda.TryDequeue(out var next, out var due), "The orchestration waits for something that never happens.");
                _now = due.At;
                next();
            }

            return await run;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }
    }

    /// <summary>The inputs of the calls of one function.</summary>
    public IReadOnlyList<T> InputsOf<T>(string name) => [.. Calls.Where(c => c.Name == name).Select(c => (T)c.Input!)];

    /// <summary>When a function was called, in seconds after the start.</summary>
    public IReadOnlyList<double> TimesOf(string name) => [.. Calls.Where(c => c.Name == name).Select(c => c.Seconds)];

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null) =>
        CallAsync<TResult>(name, input, options);

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        CallAsync<TResult>(orchestratorName, input, options);

    public override async Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        (OpenTimers, TimersCreated) = (OpenTimers + 1, TimersCreated + 1);
        var timer = new TaskCompletionSource();
        _agenda.Enqueue(() => timer.TrySetResult(), (fireAt < _now ? _now : fireAt, _order++));
        using var registration = cancellationToken.Register(() => timer.TrySetCanceled(cancellationToken));
        try
        {
            await timer.Task;
        }
        finally
        {
            OpenTimers--;
        }
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        if (_early.TryGetValue(eventName, out var queue) && queue.TryDequeue(out var early)) return Task.FromResult((T)early);
        var source = new TaskCompletionSource<T>();
        if (!_waiters.TryGetValue(eventName, out var waiters)) _waiters[eventName] = waiters = new();
        waiters.Push(payload => source.SetResult((T)payload));
        return source.Task;
    }

    public override void SendEvent(string instanceId, string eventName, object payload) => Sent.Add((instanceId, eventName, payload));

    public override void SetCustomStatus(object? customStatus) => Statuses.Add(customStatus);

    public override T GetInput<T>() => throw new NotSupportedException();

    /// <summary>What the orchestration wanted to begin anew with; null when it did not.</summary>
    public object? NewInput { get; private set; }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => NewInput = newInput;

    public override Guid NewGuid() => throw new NotSupportedException();

    private async Task<T> CallAsync<T>(TaskName name, object? input, TaskOptions? options)
    {
        Calls.Add(new ScriptedCall(name.Name, input, options, SecondsPassed));
        if (!_functions.TryGetValue(name.Name, out var function)) throw new NotSupportedException($"Nothing is scripted for {name.Name}.");
        try
        {
            return (T)(await function(input))!;
        }
        catch (Exception e)
        {
            throw new TaskFailedException(name.Name, Calls.Count, e);
        }
    }
}

/// <summary>A call of an activity or sub-orchestration.</summary>
internal sealed record ScriptedCall(string Name, object? Input, TaskOptions? Options, double Seconds);
