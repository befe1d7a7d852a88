using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// The activities that wait to be run, ids only. Instances take turns, one activity a turn, so that one that fans out is not in front
/// of all others; within an instance the order is that of the schedule.
/// </summary>
internal sealed class ActivityQueue
{
    private readonly Lock _gate = new();
    private readonly HashSet<long> _known = [];
    private readonly Dictionary<long, Queue<long>> _waiting = [];
    private readonly Channel<long> _turns = Channel.CreateUnbounded<long>();
    private int _count;

    /// <summary>How many wait. When they are too many the engine takes no new instances; those it has are never refused.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Queues the activities that neither wait nor run already.</summary>
    public void Add(long instanceKey, IEnumerable<long> activityIds)
    {
        lock (_gate)
        {
            foreach (var id in activityIds.Where(_known.Add))
            {
                if (!_waiting.TryGetValue(instanceKey, out var own))
                {
                    _waiting.Add(instanceKey, own = new());
                    _turns.Writer.TryWrite(instanceKey);
                }

                own.Enqueue(id);
                _count++;
            }
        }
    }

    /// <summary>The activities in the order of the turns, each when it is asked for. To be read by one reader.</summary>
    public async IAsyncEnumerable<long> TakeAllAsync([EnumeratorCancellation] CancellationToken stopping)
    {
        await foreach (var instanceKey in _turns.Reader.ReadAllAsync(stopping)) yield return Take(instanceKey);
    }

    /// <summary>The activity no longer runs; if it is still open, it may be queued again.</summary>
    public void Forget(long activityId)
    {
        lock (_gate) _known.Remove(activityId);
    }

    private long Take(long instanceKey)
    {
        lock (_gate)
        {
            var own = _waiting[instanceKey];
            var id = own.Dequeue();
            _count--;
            if (own.Count == 0) _waiting.Remove(instanceKey);
            else _turns.Writer.TryWrite(instanceKey);
            return id;
        }
    }
}
