using System.Runtime.CompilerServices;
using System.Threading.Channels;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// The activities that wait to be run, ids only. Instances take turns, one activity a turn, so that one that fans out is not in front
/// of all others; within an instance the order is that of the schedule. And one place in ten is only for instances of which no
/// activity runs, so that they need not wait until one of a fan-out ends.
/// </summary>
/// <param name="places">How many activities run at once.</param>
internal sealed class ActivityQueue(int places)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, long> _instanceOf = [];
    private readonly Dictionary<long, Instance> _instances = [];
    private readonly Queue<long> _turns = new();
    private readonly Channel<bool> _changes =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private int _running;

    /// <summary>How many wait. When they are too many the engine takes no new instances; those it has are never refused.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _instanceOf.Count - _running;
        }
    }

    /// <summary>Queues the activities that neither wait nor run already.</summary>
    public void Add(long instanceKey, IEnumerable<long> activityIds)
    {
        lock (_gate)
        {
            foreach (var id in activityIds)
            {
                if (!_instanceOf.TryAdd(id, instanceKey)) continue;
                if (!_instances.TryGetValue(instanceKey, out var instance)) _instances.Add(instanceKey, instance = new());
                if (instance.Waiting.Count == 0) _turns.Enqueue(instanceKey);
                instance.Waiting.Enqueue(id);
            }
        }

        _changes.Writer.TryWrite(true);
    }

    /// <summary>The activities to run, each when it is asked for, by one caller at a time; it runs until it is forgotten.</summary>
    public async IAsyncEnumerable<OpenActivity> TakeAllAsync([EnumeratorCancellation] CancellationToken stopping)
    {
        while (true)
        {
            if (TryTake() is { } activity) yield return activity;
            else await _changes.Reader.ReadAsync(stopping);
        }
    }

    /// <summary>The activity no longer runs; if it is still open, it may be queued again.</summary>
    public void Forget(long activityId)
    {
        lock (_gate)
        {
            if (!_instanceOf.Remove(activityId, out var key)) return;
            _running--;
            var instance = _instances[key];
            if (--instance.Running == 0 && instance.Waiting.Count == 0) _instances.Remove(key);
        }

        _changes.Writer.TryWrite(true);
    }

    /// <summary>Passes over at most as many instances as there are places, because something runs of each.</summary>
    private OpenActivity? TryTake()
    {
        lock (_gate)
        {
            var onlyForOthers = _running >= places - (places / 10);
            for (var turns = _turns.Count; turns > 0; turns--)
            {
                var key = _turns.Dequeue();
                var instance = _instances[key];
                if (onlyForOthers && instance.Running > 0)
                {
                    _turns.Enqueue(key);
                    continue;
                }

                var id = instance.Waiting.Dequeue();
                instance.Running++;
                _running++;
                if (instance.Waiting.Count > 0) _turns.Enqueue(key);
                return new(id, key);
            }

            return null;
        }
    }

    private sealed class Instance
    {
        public Queue<long> Waiting { get; } = new();

        public int Running { get; set; }
    }
}
