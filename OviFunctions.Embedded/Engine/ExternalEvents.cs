using Microsoft.DurableTask;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Brings external events and waiters together. Names compare without regard to case. Events without a waiter are kept in order of
/// arrival; of several waiters the newest is served first; one that was cancelled is gone and takes nothing.
/// </summary>
internal sealed class ExternalEvents(DataConverter payloads)
{
    private readonly Dictionary<string, List<Waiter>> _waiters = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Queue<(int Order, HistoryEvent Event)>> _early = new(StringComparer.OrdinalIgnoreCase);
    private int _arrived;
    private int _waiting;

    public bool HasWaiters => _waiting > 0;

    /// <summary>Events that nobody took, in order of arrival.</summary>
    public IReadOnlyList<HistoryEvent> Untaken => [.. _early.Values.SelectMany(q => q).OrderBy(e => e.Order).Select(e => e.Event)];

    public void Raise(HistoryEvent raised)
    {
        var name = raised.Name!;
        if (_waiters.TryGetValue(name, out var waiters) && waiters.Count > 0)
        {
            var newest = waiters[^1];
            waiters.RemoveAt(waiters.Count - 1);
            _waiting--;
            newest.Complete(raised.Payload);
            return;
        }

        if (!_early.TryGetValue(name, out var queue)) _early.Add(name, queue = new());
        queue.Enqueue((_arrived++, raised));
    }

    /// <param name="name">The event's name.</param>
    /// <param name="admits">Whether a cancellation counts: not one that comes from another thread.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">A waiter for this name expects another type.</exception>
    public Task<T> WaitAsync<T>(string name, Func<bool> admits, CancellationToken cancellationToken)
    {
        if (!_waiters.TryGetValue(name, out var waiters)) _waiters.Add(name, waiters = []);
        if (waiters is [var other, ..] && other.Type != typeof(T))
        {
            throw new ArgumentException(
                $"Waiters for event '{name}' must agree on its type: one expects {other.Type}, this one {typeof(T)}.", nameof(name));
        }

        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T>(cancellationToken);
        var waiter = new Waiter<T>(payloads);
        if (_early.TryGetValue(name, out var queue) && queue.TryDequeue(out var early))
        {
            waiter.Complete(early.Event.Payload);
            return waiter.Task;
        }

        waiters.Add(waiter);
        _waiting++;
        cancellationToken.Register(() =>
        {
            if (!admits() || !waiters.Remove(waiter)) return;
            _waiting--;
            waiter.Cancel(cancellationToken);
        });
        return waiter.Task;
    }

    private abstract class Waiter(Type type)
    {
        public Type Type => type;

        public abstract void Complete(string? payload);
    }

    private sealed class Waiter<T>(DataConverter payloads) : Waiter(typeof(T))
    {
        private readonly TaskCompletionSource<T> _source = new();

        public Task<T> Task => _source.Task;

        /// <summary>A payload that does not fit the type is the waiting code's to catch.</summary>
        public override void Complete(string? payload)
        {
            T? value;
            try
            {
                value = payloads.Deserialize<T>(payload);
            }
            catch (Exception e)
            {
                _source.SetException(e);
                return;
            }

            _source.SetResult(value!);
        }

        public void Cancel(CancellationToken cancellationToken) => _source.SetCanceled(cancellationToken);
    }
}
