namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Keeps an orchestrator's code on the thread that runs the episode. Awaited durable tasks are completed on that thread, so their
/// continuations run in place; whatever arrives from another thread is proof of an await that is not durable.
/// </summary>
internal sealed class OrchestratorSynchronizationContext(Action onLate) : SynchronizationContext, IDisposable
{
    private readonly int _threadId = Environment.CurrentManagedThreadId;
    private readonly SynchronizationContext? _previous = Current;
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private readonly Lock _gate = new();
    private volatile bool _ended;
    private volatile bool _leftThread;

    /// <summary>Whether something was to run on the orchestrator's thread that came from another.</summary>
    public bool LeftThread => _leftThread;

    /// <param name="onLate">Called at the end or after it when something came from another thread: the episode may not know.</param>
    public static OrchestratorSynchronizationContext Enter(Action onLate)
    {
        var context = new OrchestratorSynchronizationContext(onLate);
        SetSynchronizationContext(context);
        return context;
    }

    /// <summary>Whether the caller is the orchestrator's code within its episode; one from elsewhere is held against it.</summary>
    public bool Admits()
    {
        if (!_ended && Environment.CurrentManagedThreadId == _threadId) return true;
        bool isLate;
        lock (_gate) (_leftThread, isLate) = (true, _ended);
        if (isLate) onLate();
        return false;
    }

    /// <exception cref="InvalidOperationException">The caller is not the orchestrator's code within its episode.</exception>
    public void EnsureOrchestratorThread()
    {
        if (Admits()) return;
        throw new InvalidOperationException(
            "An orchestrator used its context off its own thread. It may await only tasks of its context: no input/output, no Task.Run, "
            + "no Task.Delay, no ConfigureAwait(false). Such work belongs in an activity.");
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Admits()) _posted.Enqueue((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        EnsureOrchestratorThread();
        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs what was posted on this thread, in order.</summary>
    public void Drain()
    {
        while (_posted.TryDequeue(out var posted)) posted.Callback(posted.State);
    }

    public void Dispose()
    {
        bool hasLeft;
        lock (_gate) (_ended, hasLeft) = (true, _leftThread);
        SetSynchronizationContext(_previous);
        if (hasLeft) onLate(); // perhaps after the executor had looked
    }
}
