using System.Threading.Channels;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// The instances that have something to do. An instance is in it at most once and runs at most one episode at a time; one that is
/// woken while it runs comes back after its episode.
/// </summary>
internal sealed class InstanceQueue
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, State> _states = [];
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
            if (!_states.TryGetValue(key, out var state))
            {
                _states.Add(key, State.Queued);
                _runnable.Writer.TryWrite(key);
            }
            else if (state == State.Running)
            {
                _states[key] = State.RunningAndWoken;
            }
        }
    }

    public void Wake(IEnumerable<long> keys)
    {
        foreach (var key in keys) Wake(key);
    }

    public void Begin(long key)
    {
        lock (_gate) _states[key] = State.Running;
    }

    public void End(long key)
    {
        lock (_gate)
        {
            _states.Remove(key, out var state);
            if (state != State.RunningAndWoken) return;
            _states.Add(key, State.Queued);
            _runnable.Writer.TryWrite(key);
        }
    }
}
