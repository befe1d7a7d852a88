namespace OviFunctions.Embedded.Store;

/// <summary>Whether the store accepts writes, for an operator's health check.</summary>
internal sealed class StoreHealth
{
    private volatile string? _lastError;

    public bool IsHealthy => _lastError is null;

    /// <summary>Why the last write failed; null when it succeeded.</summary>
    public string? LastError => _lastError;

    public void Report(Exception? failure) => _lastError = failure?.Message;
}

/// <summary>The two sides of a physical commit, for fault tests.</summary>
internal enum CommitPhase
{
    Before,
    After,
}
