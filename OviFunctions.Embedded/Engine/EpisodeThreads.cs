namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Threads of their own for episodes. An orchestrator's code that never comes back keeps its thread, and on the shared pool a few of
/// those would hold up everything, requests too: when all processors are busy the pool replaces a thread only after seconds. Here there
/// are as many threads as processors, and one more whenever work waits and none has been taken up for a moment.
/// </summary>
/// <param name="largest">At most so many threads: one for each episode that may be under way.</param>
internal sealed class EpisodeThreads(int largest) : TaskScheduler, IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    /// <summary>So long a thread more than usual waits for work before it ends.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(10);

    [ThreadStatic]
    private static EpisodeThreads? _ofThisThread;

    private readonly int _usual = Math.Min(Environment.ProcessorCount, largest);
    private readonly object _gate = new();
    private readonly Queue<Task> _queue = new();
    private ITimer? _look;
    private bool _looks;
    private bool _ends;
    private int _threads;
    private int _idle;
    private int _taken;

    public override int MaximumConcurrencyLevel => largest;

    /// <summary>Threads end as soon as they have nothing to do; what is queued later runs on the pool.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ends = true;
            _look?.Dispose();
            Monitor.PulseAll(_gate);
        }
    }

    protected override void QueueTask(Task task)
    {
        lock (_gate)
        {
            if (!_ends)
            {
                _queue.Enqueue(task);
                if (_queue.Count <= _idle) Monitor.Pulse(_gate);
                else if (_threads < _usual) AddThread();
                else LookSoon();
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(late => TryExecuteTask(late), task, preferLocal: false);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && _ofThisThread == this && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate) return [.. _queue];
    }

    private void AddThread()
    {
        _threads++;
        new Thread(Work) { IsBackground = true, Name = "orchestration episodes" }.UnsafeStart(); // not as part of what was queued first
    }

    private void Work()
    {
        _ofThisThread = this;
        while (Next() is { } task) TryExecuteTask(task);
    }

    private Task? Next()
    {
        lock (_gate)
        {
            _idle++;
            while (_queue.Count == 0 && !_ends && (Monitor.Wait(_gate, Linger) || _threads <= _usual)) { }
            _idle--;
            _taken++;
            if (_queue.TryDequeue(out var task)) return task;
            _threads--;
            return null;
        }
    }

    /// <summary>All threads are busy: in a moment it is seen whether they get on.</summary>
    private void LookSoon()
    {
        if (_looks || _threads >= largest) return;
        _looks = true;
        var taken = _taken;
        _look?.Dispose();
        _look = TimeProvider.System.CreateTimer(_ => Look(taken), null, Moment, Timeout.InfiniteTimeSpan);
    }

    private void Look(int takenBefore)
    {
        lock (_gate)
        {
            _looks = false;
            if (_ends || _queue.Count == 0) return;
            if (_taken == takenBefore) AddThread();
            LookSoon();
        }
    }
}
