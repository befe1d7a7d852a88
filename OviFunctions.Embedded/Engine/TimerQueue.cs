namespace OviFunctions.Embedded.Engine;

/// <summary>The next due time of each instance that has one, and one clock timer for the earliest. Durable rows are in the store.</summary>
internal sealed class TimerQueue(TimeProvider time, Action<long> wake) : IDisposable
{
    /// <summary>A wall clock can be set while a timer runs, so a long wait looks at it again now and then.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, DateTimeOffset> _next = [];
    private readonly PriorityQueue<long, DateTimeOffset> _order = new();
    private ITimer? _timer;
    private bool _disposed;

    /// <summary>The instance is to be woken at this time and at no other; null: not at all.</summary>
    public void Set(long key, DateTimeOffset? dueAt)
    {
        bool isDue;
        lock (_gate) isDue = Replace(key, dueAt);
        if (isDue) wake(key);
    }

    /// <summary>The instance is to be woken at this time, or before if that is already known.</summary>
    public void SetIfEarlier(long key, DateTimeOffset dueAt)
    {
        bool isDue;
        lock (_gate) isDue = !(_next.TryGetValue(key, out var known) && known <= dueAt) && Replace(key, dueAt);
        if (isDue) wake(key);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    /// <summary>Whether the time has come already.</summary>
    private bool Replace(long key, DateTimeOffset? dueAt)
    {
        _next.Remove(key);
        if (dueAt is not { } due) return false;
        if (due <= time.GetUtcNow()) return true;
        _next.Add(key, due);
        _order.Enqueue(key, due);
        if (_order.Count > (2 * _next.Count) + 64) DropStale();
        Arm();
        return false;
    }

    /// <summary>Entries of times that were replaced stay in the order until they come to its head, or are too many.</summary>
    private void DropStale()
    {
        _order.Clear();
        _order.EnqueueRange(_next.Select(n => (n.Key, n.Value)));
    }

    private void Arm()
    {
        if (_disposed || !_order.TryPeek(out _, out var due)) return;
        var milliseconds = Math.Ceiling((due - time.GetUtcNow()).TotalMilliseconds);
        var wait = TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, LongestWait.TotalMilliseconds));
        if (_timer is null) _timer = time.CreateTimer(_ => Fire(), null, wait, Timeout.InfiniteTimeSpan);
        else _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Fire()
    {
        var due = new List<long>();
        lock (_gate)
        {
            var now = time.GetUtcNow();
            while (_order.TryPeek(out var key, out var dueAt) && dueAt <= now)
            {
                _order.Dequeue();
                if (_next.TryGetValue(key, out var next) && next == dueAt && _next.Remove(key)) due.Add(key);
            }

            Arm();
        }

        due.ForEach(wake);
    }
}
