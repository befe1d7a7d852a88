namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Keeps an orchestrator's code on the thread that runs the episode. Awaited durable tasks are completed on that thread, so their
/// continuations run in place; whatever arrives from another thread is proof of an await that is not durable.
/// </summary>
internal sealed class OrchestratorSynchronizationContext(Action onLatePost) : SynchronizationContext, IDisposable
{
    private readonly int _threadId = Environment.CurrentManagedThreadId;
    private readonly SynchronizationContext? _previous = Current;
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private volatile bool _ended;
    private volatile bool _leftThread;

    /// <summary>Whether the caller is the orchestrator's code within its episode.</summary>
    public bool IsOrchestratorThread => !_ended && Environment.CurrentManagedThreadId == _threadId;

    /// <summary>Whether something was to run on the orchestrator's thread that came from another.</summary>
    public bool LeftThread => _leftThread;

    public static OrchestratorSynchronizationContext Enter(Action onLatePost)
    {
        var context = new OrchestratorSynchronizationContext(onLatePost);
        SetSynchronizationContext(context);
        return context;
    }

    /// <exception cref="InvalidOperationException">The caller is not the orchestrator's code within its episode.</exception>
    public void EnsureOrchestratorThread()
    {
        if (IsOrchestratorThread) return;
        _leftThread = true;
        throw new InvalidOperationException(
            "An orchestrator used its context off its own thread. It may await only tasks of its context: no input/output, no Task.Run, "
            + "no Task.Delay, no ConfigureAwait(false). Such work belongs in an activity.");
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsOrchestratorThread)
        {
            _posted.Enqueue((d, state));
            return;
        }

        _leftThread = true;
        if (_ended) onLatePost();
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
        _ended = true;
        SetSynchronizationContext(_previous);
    }
}
