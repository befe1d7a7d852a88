using System.Runtime.CompilerServices;

namespace OviFunctions.DevStack.Simulators;

/// <summary>What a simulator saw, in order. Reading takes a snapshot; waiting wakes with each entry.</summary>
public sealed class CallLog<T>
{
    private readonly Lock _gate = new();
    private readonly List<T> _entries = [];
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Everything so far.</summary>
    public IReadOnlyList<T> Entries
    {
        get
        {
            lock (_gate) return [.. _entries];
        }
    }

    /// <summary>Waits until the entries fulfil a condition, and returns them.</summary>
    public async Task<IReadOnlyList<T>> WaitAsync(Func<IReadOnlyList<T>, bool> until, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            IReadOnlyList<T> entries;
            Task changed;
            lock (_gate)
            {
                entries = [.. _entries];
                changed = _changed.Task;
            }

            if (until(entries)) return entries;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Every entry from the first on, each as it comes, until cancelled.</summary>
    public async IAsyncEnumerable<T> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var seen = 0; ;)
        {
            var entries = await WaitAsync(all => all.Count > seen, cancellationToken);
            while (seen < entries.Count) yield return entries[seen++];
        }
    }

    internal void Add(T entry)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _entries.Add(entry);
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
