using System.Collections.Immutable;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// An orchestrator's context during one episode: collects what the code asks for, and completes the tasks that the code awaits
/// when the executor says so. All on one thread.
/// </summary>
internal sealed class OrchestrationContext(
    InstanceRecord instance, DataConverter payloads, ILoggerFactory loggers, OrchestratorSynchronizationContext thread)
    : TaskOrchestrationContext
{
    private readonly Dictionary<int, TaskCompletionSource<TaskOutcome>> _openTasks = [];
    private readonly ExternalEvents _events = new(payloads);
    private readonly List<HistoryEvent> _lateEvents = [];
    private readonly List<int> _timers = [];
    private List<int> _closedTimers = [];
    private DateTime _turnAt;
    private bool _isReplaying = true;
    private int _nextSequenceId;
    private int _guids;

    public override TaskName Name => instance.Name;

    public override string InstanceId => instance.Id;

    public override ParentOrchestrationInstance? Parent { get; } =
        instance.Parent is { } parent ? new(parent.Name, parent.Id) : null;

    public override DateTime CurrentUtcDateTime => _turnAt;

    public override bool IsReplaying => _isReplaying;

    public override string Version => instance.Version;

    protected override ILoggerFactory LoggerFactory => loggers;

    /// <summary>Whether an activity, sub-orchestration or timer is open; until none is, the instance does not finish.</summary>
    public bool HasOpenTasks => _openTasks.Count > 0;

    public IEnumerable<int> OpenTimers => _timers.Where(_openTasks.ContainsKey);

    public bool AwaitsEvent => _events.HasWaiters;

    /// <summary>Set when the code asked to start over.</summary>
    public ContinueAsNewOptions? Continuation { get; private set; }

    /// <summary>Events for the next execution: those that nobody took, unless told otherwise, and all that came since.</summary>
    /// <exception cref="InvalidOperationException">With them the turn has passed a bound.</exception>
    public IReadOnlyList<HistoryEvent> CarryOver()
    {
        IReadOnlyList<HistoryEvent> carried = [.. Continuation is { PreserveUnprocessedEvents: true } ? _events.Untaken : [], .. _lateEvents];
        foreach (var e in carried) Actions.Count(e.Size);
        return carried;
    }

    public bool SetsCustomStatus { get; private set; }

    public object? CustomStatus { get; private set; }

    public void BeginTurn(DateTime at, bool isReplaying)
    {
        _turnAt = at;
        _isReplaying = isReplaying;
        Actions = new();
        _closedTimers = [];
    }

    public TurnActions Actions { get; private set; } = new();

    /// <summary>Timers that the code cancelled in this turn.</summary>
    public IReadOnlyList<int> CancelledTimers => _closedTimers;

    /// <summary>Completes an activity, sub-orchestration or timer, unless it is no longer open, such as a cancelled timer.</summary>
    public void CompleteTask(int sequenceId, TaskOutcome outcome)
    {
        if (_openTasks.Remove(sequenceId, out var task)) task.SetResult(outcome);
    }

    /// <summary>Code that asked to start over has left its waiters behind: an event that comes now is for the next execution.</summary>
    public void RaiseEvent(HistoryEvent raised)
    {
        if (Continuation is null) _events.Raise(raised);
        else _lateEvents.Add(raised);
    }

    public override T? GetInput<T>() where T : default
    {
        thread.EnsureOrchestratorThread();
        return payloads.Deserialize<T>(instance.Input);
    }

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        Actions.ThrowIfFull();
        return ActivityAsync<TResult>(name, input, options);
    }

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        Actions.ThrowIfFull();
        return SubOrchestratorAsync<TResult>(orchestratorName, input, options);
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        Actions.ThrowIfFull();
        return TimerAsync(fireAt, cancellationToken);
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        thread.EnsureOrchestratorThread();
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        PayloadLimit.ThrowIfTooLong(eventName, "an event");
        Actions.Count(PayloadLimit.SizeOf(eventName));
        return _events.WaitAsync<T>(eventName, thread.Admits, cancellationToken);
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        thread.EnsureOrchestratorThread();
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        PayloadLimit.ThrowIfTooLong(eventName, "an event");
        var json = PayloadLimit.Checked(payloads.Serialize(payload), $"The payload of event '{eventName}'");
        Actions.Add(new OrchestratorAction.SendEvent(_nextSequenceId++, instanceId, eventName, json));
    }

    public override void SetCustomStatus(object? customStatus)
    {
        thread.EnsureOrchestratorThread();
        SetsCustomStatus = true;
        CustomStatus = customStatus;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        ContinueAsNew(new ContinueAsNewOptions { NewInput = newInput, PreserveUnprocessedEvents = preserveUnprocessedEvents });

    public override void ContinueAsNew(ContinueAsNewOptions options)
    {
        thread.EnsureOrchestratorThread();
        ArgumentNullException.ThrowIfNull(options);
        Continuation = options;
    }

    public override Guid NewGuid()
    {
        thread.EnsureOrchestratorThread();
        return DeterministicGuid.Create(InstanceId, _turnAt, _guids++);
    }

    private async Task<TResult> ActivityAsync<TResult>(TaskName name, object? input, TaskOptions? options)
    {
        thread.EnsureOrchestratorThread();
        if (input is TaskOptions && options is null)
        {
            throw new ArgumentException(
                $"The input of activity '{name}' is a {nameof(TaskOptions)} and there are no options. Pass it as {nameof(options)}.",
                nameof(input));
        }

        ArgumentException.ThrowIfNullOrEmpty(name.Name, nameof(name));
        if (options?.Version is { Version.Length: > 0 })
            throw new NotSupportedException($"Activity '{name}': the embedded host does not support versions of activities.");
        PayloadLimit.ThrowIfTooLong(name, "an activity");
        var json = PayloadLimit.Checked(payloads.Serialize(input), $"The input of activity '{name}'");
        return await CallAsync<TResult>(name, options?.Retry, id => new OrchestratorAction.CallActivity(id, name, json));
    }

    private async Task<TResult> SubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input, TaskOptions? options)
    {
        thread.EnsureOrchestratorThread();
        ArgumentException.ThrowIfNullOrEmpty(orchestratorName.Name, nameof(orchestratorName));
        var id = (options as SubOrchestrationOptions)?.InstanceId ?? NewGuid().ToString("N");
        InstanceIds.ThrowIfInvalid(id);
        PayloadLimit.ThrowIfTooLong(orchestratorName, "an orchestrator");
        PayloadLimit.ThrowIfTooLong(options?.Version, "a version");
        PayloadLimit.ThrowIfTooLarge(options?.Tags);
        var json = PayloadLimit.Checked(payloads.Serialize(input), $"The input of orchestrator '{orchestratorName}'");
        var tags = options?.Tags?.ToImmutableDictionary() ?? ImmutableDictionary<string, string>.Empty;
        return await CallAsync<TResult>(
            orchestratorName,
            options?.Retry,
            sequence => new OrchestratorAction.CallSubOrchestrator(sequence, orchestratorName, id, json, tags, options?.Version?.Version));
    }

    private async Task TimerAsync(DateTime fireAt, CancellationToken cancellationToken)
    {
        thread.EnsureOrchestratorThread();
        var dueAt = fireAt.ToUniversalTime();
        var (id, task) = Schedule(sequence => new OrchestratorAction.CreateTimer(sequence, dueAt));
        _timers.Add(id);
        using var registration = cancellationToken.Register(() =>
        {
            if (!thread.Admits() || !_openTasks.Remove(id)) return;
            _closedTimers.Add(id);
            task.SetCanceled(cancellationToken);
        });
        await task.Task;
    }

    /// <summary>Schedules a task until it succeeds or its retry options say to stop; each try has its own sequence id.</summary>
    private async Task<T> CallAsync<T>(string name, TaskRetryOptions? retry, Func<int, OrchestratorAction> action)
    {
        var firstTryAt = _turnAt;
        for (var attempt = 1; ; attempt++)
        {
            var (id, task) = Schedule(action);
            var outcome = await task.Task;
            if (outcome.Failure is not { } failure) return payloads.Deserialize<T>(outcome.Result)!;
            var failed = new TaskFailedException(name, id, failure.Details);
            if (failure.IsNonRetriable || !await RetryAsync(retry, attempt, firstTryAt, failed)) throw failed;
        }
    }

    /// <summary>Whether to try again; when this is known, the time for it has come.</summary>
    private async Task<bool> RetryAsync(TaskRetryOptions? retry, int attempt, DateTime firstTryAt, TaskFailedException failed)
    {
        if (retry?.Handler is { } handler)
            return await handler(new RetryContext(this, attempt, failed.FailureDetails, _turnAt - firstTryAt, CancellationToken.None));
        if (retry?.Policy is not { } policy) return false;
        if (RetrySchedule.NextDelay(policy, attempt, _turnAt - firstTryAt, failed) is not { } delay) return false;
        await CreateTimer(_turnAt + delay, CancellationToken.None);
        return true;
    }

    private (int Id, TaskCompletionSource<TaskOutcome> Task) Schedule(Func<int, OrchestratorAction> action)
    {
        var id = _nextSequenceId++;
        Actions.Add(action(id));

        // A plain source: completed on the orchestrator's thread, its continuations run there and then.
        var task = new TaskCompletionSource<TaskOutcome>();
        _openTasks.Add(id, task);
        return (id, task);
    }
}
