namespace OviFunctions.Http.RateLimits;

/// <summary>How much of a rate limit is used.</summary>
/// <param name="Policy">The limit's name in the headers.</param>
/// <param name="Quota">Requests in a window.</param>
/// <param name="Remaining">Requests that are left in this one.</param>
/// <param name="ResetSeconds">Seconds to the next window.</param>
/// <param name="IsExceeded">Whether this request was one too many.</param>
internal sealed record RateState(string Policy, int Quota, int Remaining, int ResetSeconds, bool IsExceeded);

/// <summary>
/// Counts requests by key in windows of a minute, in this process. The counters are a fixed table, so that strangers with many
/// addresses take no memory; two keys that share a counter share its quota, and which ones do is secret and another matter in each
/// process. (System.Threading.RateLimiting has a limiter for each key, takes no TimeProvider, and does not say when a window ends.)
/// </summary>
internal sealed class FixedWindow(string policy, int quota, TimeProvider clock)
{
    public const int Seconds = 60;

    private const int Counters = 1 << 16;

    private readonly Lock _gate = new();
    private readonly int[] _counts = new int[Counters];
    private long _window;

    /// <summary>Counts one request.</summary>
    public RateState Take(string key)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var counter = (uint)key.GetHashCode(StringComparison.Ordinal) % Counters;
        int count;
        lock (_gate)
        {
            if (_window != now / Seconds)
            {
                Array.Clear(_counts);
                _window = now / Seconds;
            }

            // Not beyond one too many, so that nothing overflows.
            count = _counts[counter] = Math.Min(_counts[counter] + 1, quota + 1);
        }

        return new RateState(policy, quota, Math.Max(0, quota - count), (int)(Seconds - now % Seconds), count > quota);
    }
}
