namespace OviFunctions.Embedded.Store;

/// <summary>Whether the store can be written and read, for an operator's health check and for the intake of new work.</summary>
internal sealed class StoreHealth(TimeProvider stopwatch)
{
    /// <summary>A commit that takes longer counts as failing, although it may still succeed.</summary>
    public static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(5);

    private const long NoCommit = long.MinValue;

    private volatile string? _commitError;
    private volatile string? _readError;
    private long _commitBegan = NoCommit;

    public bool IsHealthy => LastError is null;

    /// <summary>Why the last commit failed or a read did, or that a commit hangs; null when all is well.</summary>
    public string? LastError => _commitError ?? _readError ?? (Hangs ? $"A commit has not ended within {CommitPatience.TotalSeconds} s." : null);

    private bool Hangs =>
        Volatile.Read(ref _commitBegan) is var began and not NoCommit && stopwatch.GetElapsedTime(began) > CommitPatience;

    public void CommitBegins() => Volatile.Write(ref _commitBegan, stopwatch.GetTimestamp());

    /// <param name="failure">Why nothing of the commit counts; null: it succeeded.</param>
    public void CommitEnded(Exception? failure)
    {
        _commitError = failure?.Message;
        Volatile.Write(ref _commitBegan, NoCommit);
    }

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
