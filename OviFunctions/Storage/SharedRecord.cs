namespace OviFunctions.Storage;

/// <summary>
/// One small record that all machines share, because it guards money or a provider's limits (caps, selling stopped, spend).
/// It is read at most five seconds old, and changed by reading it, changing it and writing it back if nobody else did.
/// </summary>
/// <param name="records">Where it is.</param>
/// <param name="clock">For its age.</param>
/// <param name="name">Its name in the store, from <see cref="Jobs.RecordNames"/>.</param>
/// <param name="empty">What it says when it was never written.</param>
public sealed class SharedRecord<T>(IRecordStore records, TimeProvider clock, string name, T empty) where T : class
{
    /// <summary>Many machines at one record: each round one of them gets through.</summary>
    private const int MaxRounds = 40;

    private static readonly TimeSpan LongestAge = TimeSpan.FromSeconds(5);

    private volatile Seen? _seen;

    /// <summary>Its name in the store.</summary>
    public string Name => name;

    /// <summary>What this machine saw last, however old; null when it has not seen it yet.</summary>
    public T? LastSeen => _seen?.Value;

    /// <summary>The record, at most five seconds old.</summary>
    public async ValueTask<T> ReadAsync(CancellationToken cancellationToken)
    {
        if (_seen is { } seen && clock.GetElapsedTime(seen.At) < LongestAge) return seen.Value;
        var at = clock.GetTimestamp();
        var value = (await records.ReadAsync<T>(name, cancellationToken))?.Value ?? empty;
        _seen = new Seen(value, at);
        return value;
    }

    /// <summary>Changes the record as it stands now.</summary>
    /// <param name="change">The new record from the one that stands; null to leave it. It may be called several times.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The record that stands now, and whether this call changed it.</returns>
    /// <exception cref="SharedRecordBusyException">Others changed it all the time; nothing was changed.</exception>
    public async Task<(T Value, bool Changed)> UpdateAsync(Func<T, T?> change, CancellationToken cancellationToken)
    {
        var at = clock.GetTimestamp();
        var (value, end) = await records.ChangeAsync(name, empty, MaxRounds, standing => Task.FromResult(change(standing)), cancellationToken);
        if (end == ChangeEnd.Crowded) throw new SharedRecordBusyException(name);
        var changed = end == ChangeEnd.Written;
        _seen = new Seen(value, changed ? clock.GetTimestamp() : at);
        return (value, changed);
    }

    private sealed record Seen(T Value, long At);
}

/// <summary>A shared record could not be changed, because others changed it all the time.</summary>
public sealed class SharedRecordBusyException(string name) : IOException($"The shared record {name} is changed by others all the time.");
