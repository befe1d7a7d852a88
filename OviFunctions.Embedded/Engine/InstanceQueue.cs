using System.Threading.Channels;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// The instances that have something to do. An instance is in it at most once and runs at most one episode at a time; one that is
/// woken while it runs comes back after its episode, and after a rest if its replay was long: that leaves the processors to others
/// when a fan-out's outcomes keep coming, and lets more of them go into the next episode.
/// </summary>
/// <param name="stopwatch">Measures replays and rests; not the engine's clock, as they take their time also when that is moved.</param>
internal sealed class InstanceQueue(TimeProvider stopwatch)
{
    /// <summary>So an instance replays in a quarter of the time.</summary>
    private const int RestPerReplay = 3;

    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Entry> _entries = [];
    private readonly Channel<long> _runnable = Channel.CreateUnbounded<long>();

    private enum State
    {
        Queued,
        Running,
        RunningAndWoken,
    }

    /// <summary>Keys only. When too many wait the engine takes no new instances; those it has are never refused.</summary>
    public ChannelReader<long> Runnable => _runnable.Reader;

    public void Wake(long key)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                _entries.Add(key, new(State.Queued));
                _runnable.Writer.TryWrite(key);
            }
            else if (entry.State == State.Running)
            {
                _entries[key] = entry with { State = State.RunningAndWoken };
            }
        }
    }

    public void Wake(IEnumerable<long> keys)
    {
        foreach (var key in keys) Wake(key);
    }

    public void Begin(long key)
    {
        lock (_gate) _entries[key] = new(State.Running, stopwatch.GetTimestamp());
    }

    /// <summary>The episode's code has run; what it still takes is the store's time.</summary>
    public void Played(long key)
    {
        lock (_gate)
        {
            var entry = _entries[key];
            _entries[key] = entry with { Replay = stopwatch.GetElapsedTime(entry.BeganAt) };
        }
    }

    public void End(long key)
    {
        TimeSpan rest;
        lock (_gate)
        {
            _entries.Remove(key, out var entry);
            if (entry.State != State.RunningAndWoken) return;
            _entries.Add(key, new(State.Queued));
            rest = entry.Replay * RestPerReplay;
        }

        _ = QueueAfterAsync(key, rest < LongestRest ? rest : LongestRest);
    }

    private async Task QueueAfterAsync(long key, TimeSpan rest)
    {
        await Task.Delay(rest, stopwatch);
        _runnable.Writer.TryWrite(key);
    }

    private readonly record struct Entry(State State, long BeganAt = 0, TimeSpan Replay = default);
}
