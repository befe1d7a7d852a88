namespace OviFunctions.Embedded.Store;

/// <summary>Whether the store can be written and read, for an operator's health check and for the intake of new work.</summary>
internal sealed class StoreHealth(TimeProvider stopwatch)
{
    /// <summary>A commit or checkpoint that takes longer counts as failing, although it may still succeed.</summary>
    public static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(5);

    private const long Nothing = long.MinValue;

    private volatile string? _commitError;
    private volatile string? _readError;
    private long _began = Nothing;

    public bool IsHealthy => LastError is null;

    /// <summary>Why the last commit failed or a read did, or that the writer hangs; null when all is well.</summary>
    public string? LastError =>
        _commitError ?? _readError ?? (Hangs ? $"A commit or checkpoint has not ended within {CommitPatience.TotalSeconds} s." : null);

    private bool Hangs =>
        Volatile.Read(ref _began) is var began and not Nothing && stopwatch.GetElapsedTime(began) > CommitPatience;

    public void CommitBegins() => Volatile.Write(ref _began, stopwatch.GetTimestamp());

    /// <param name="failure">Why nothing of the commit counts; null: it succeeded.</param>
    public void CommitEnded(Exception? failure)
    {
        _commitError = failure?.Message;
        Volatile.Write(ref _began, Nothing);
    }

    /// <summary>While it lasts nothing is committed, and reads wait for it.</summary>
    public void CheckpointBegins() => Volatile.Write(ref _began, stopwatch.GetTimestamp());

    /// <summary>Whether it succeeded or not: what was committed is in the log.</summary>
    public void CheckpointEnded() => Volatile.Write(ref _began, Nothing);

    /// <summary>One that succeeds after it proves nothing: it may have come from a cache.</summary>
    public void ReadFailed(Exception failure) => _readError = failure.Message;

    /// <summary>Everything that there is to do could be read from what was just written.</summary>
    public void ReadsSucceed() => _readError = null;
}

/// <summary>The two sides of a physical commit, for fault tests.</summary>
internal enum CommitPhase
{
    Before,
    After,
}
