using System.Collections.Concurrent;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Instances whose last episode failed in the engine, although the storage works: what is stored of them cannot be read, or what they
/// ask for cannot be written. Each is tried again after a pause of its own that grows; whatever wakes it meanwhile waits for that.
/// </summary>
internal sealed class FailingInstances(InstanceQueue queue, TimeProvider time)
{
    /// <summary>After so many failures in a row another try would not help either.</summary>
    public const int Limit = 10;

    private readonly ConcurrentDictionary<long, Failing> _failing = new();

    private readonly record struct Failing(int Tries, int Counted, bool Pauses);

    public bool Pauses(long key) => _failing.TryGetValue(key, out var failing) && failing.Pauses;

    /// <summary>Notes a failure, and wakes the instance after a pause unless it was the last one.</summary>
    /// <param name="key">The instance's key.</param>
    /// <param name="counts">Whether the storage worked before; else the failure may not be the instance's.</param>
    /// <param name="stopping">Ends the pause.</param>
    /// <returns>How many that count there were in a row.</returns>
    public int Failed(long key, bool counts, CancellationToken stopping)
    {
        var one = counts ? 1 : 0;
        var failing = _failing.AddOrUpdate(key, _ => new(1, one, true), (_, before) => new(before.Tries + 1, before.Counted + one, true));
        if (failing.Counted < Limit) _ = WakeAfterAsync(key, failing, stopping);
        return failing.Counted;
    }

    /// <summary>An episode did not fail, or the operator wants the instance tried again.</summary>
    public void Forget(long key) => _failing.TryRemove(key, out _);

    private async Task WakeAfterAsync(long key, Failing failing, CancellationToken stopping)
    {
        await Task.Delay(Recovery.Backoff(failing.Tries - 1), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _failing.TryUpdate(key, failing with { Pauses = false }, failing);
        queue.Wake(key);
    }
}
