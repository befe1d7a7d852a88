using Microsoft.Extensions.Caching.Memory;

namespace OviFunctions.Admission;

/// <summary>Counts requests that came with another request's payment; per process, which is enough to slow down guessing.</summary>
public sealed class WrongBodies : IDisposable
{
    private const int Most = 3;
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly MemoryCache _counts = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    /// <summary>Counts one more; true from the third on.</summary>
    public bool IsTooMany(string jobId)
    {
        var count = _counts.GetOrCreate(jobId, entry =>
        {
            entry.Size = 1;
            entry.AbsoluteExpirationRelativeToNow = Window;
            return new Counter();
        })!;
        return Interlocked.Increment(ref count.Value) >= Most;
    }

    public void Dispose() => _counts.Dispose();

    private sealed class Counter
    {
        public int Value;
    }
}
