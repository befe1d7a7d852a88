namespace Microsoft.Azure.Functions.Worker;

/// <summary>Function-level retries by the host. The embedded host makes none: both are 0.</summary>
public abstract class RetryContext
{
    public abstract int RetryCount { get; }

    public abstract int MaxRetryCount { get; }
}
