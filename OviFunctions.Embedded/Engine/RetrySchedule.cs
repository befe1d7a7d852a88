using Microsoft.DurableTask;

namespace OviFunctions.Embedded.Engine;

/// <summary>What a retry policy says after a failure.</summary>
internal static class RetrySchedule
{
    /// <summary>The delay before the next try; null: there is none.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="attempt">Tries so far, at least 1.</param>
    /// <param name="elapsed">Time since the first try began.</param>
    /// <param name="failed">The last failure. A handler that throws ends the retries, so that this failure is the one seen.</param>
    public static TimeSpan? NextDelay(RetryPolicy policy, int attempt, TimeSpan elapsed, TaskFailedException failed)
    {
        if (attempt >= policy.MaxNumberOfAttempts) return null;
        if (policy.RetryTimeout != Timeout.InfiniteTimeSpan && elapsed >= policy.RetryTimeout) return null;
        try
        {
            if (!policy.Handle(failed)) return null;
        }
        catch (Exception)
        {
            return null;
        }

        var limit = policy.MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.FromDays(365) : policy.MaxRetryInterval;
        var ticks = policy.FirstRetryInterval.Ticks * Math.Pow(policy.BackoffCoefficient, attempt - 1);
        return ticks < limit.Ticks ? TimeSpan.FromTicks((long)ticks) : limit;
    }
}
