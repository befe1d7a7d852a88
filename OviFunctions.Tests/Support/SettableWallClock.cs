namespace OviFunctions.Tests.Support;

/// <summary>A wall clock that can be set, as NTP or an administrator does, while timers and timestamps go on as before.</summary>
/// <param name="inner">Gives the timers, the timestamps, and the pace.</param>
internal sealed class SettableWallClock(TimeProvider inner) : TimeProvider
{
    private long _offset;
    private int _timestamps;

    /// <summary>Hears each time that was told, before whoever asked.</summary>
    public Action<DateTimeOffset>? Told { get; set; }

    /// <summary>How many timestamps were taken, so that a test can tell how far code has come.</summary>
    public int Timestamps => Volatile.Read(ref _timestamps);

    public override long TimestampFrequency => inner.TimestampFrequency;

    /// <summary>Sets it forward, or back by a negative step.</summary>
    public void Step(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);

    public override DateTimeOffset GetUtcNow()
    {
        var now = inner.GetUtcNow().AddTicks(Interlocked.Read(ref _offset));
        Told?.Invoke(now);
        return now;
    }

    public override long GetTimestamp()
    {
        var timestamp = inner.GetTimestamp();
        Interlocked.Increment(ref _timestamps);
        return timestamp;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
