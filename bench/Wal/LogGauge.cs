using OviFunctions.Embedded.Store;

namespace OviFunctions.Bench.Wal;

/// <summary>
/// Measures a write-ahead log after each commit, on the writer's thread: nothing but a commit makes it longer, and it is emptied only
/// after that.
/// </summary>
internal sealed class LogGauge(string database)
{
    private readonly FileInfo _log = new(database + "-wal");
    private long _longest;
    private long _commits;

    public long Commits => Volatile.Read(ref _commits);

    public void OnCommit(CommitPhase phase)
    {
        if (phase != CommitPhase.After) return;
        Interlocked.Increment(ref _commits);
        _log.Refresh();
        var length = _log.Length;
        if (length > Volatile.Read(ref _longest)) Volatile.Write(ref _longest, length);
    }

    /// <summary>The greatest length since the last call, in bytes.</summary>
    public long Take() => Interlocked.Exchange(ref _longest, 0);
}
