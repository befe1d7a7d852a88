using OviFunctions.Http.RateLimits;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http.RateLimits;

public sealed class FixedWindowTests
{
    private readonly ManualTimeProvider _clock = new(new DateTimeOffset(2026, 11, 20, 12, 0, 45, TimeSpan.Zero));

    [Fact]
    public void Take_MoreThanTheQuota_IsExceededUntilTheNextMinute()
    {
        var window = new FixedWindow("ip", 2, _clock);

        Assert.Equal(new RateState("ip", 2, 1, 15, false), window.Take("a"));
        Assert.Equal(new RateState("ip", 2, 0, 15, false), window.Take("a"));
        Assert.Equal(new RateState("ip", 2, 0, 15, true), window.Take("a"));
        Assert.False(window.Take("b").IsExceeded);

        _clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(new RateState("ip", 2, 1, 60, false), window.Take("a"));
    }

    [Fact]
    public async Task Take_ManyAtOnce_ExactlyTheQuotaGetsThrough()
    {
        var window = new FixedWindow("ip", 100, _clock);

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Enumerable.Range(0, 50).Count(_ => !window.Take("a").IsExceeded))));

        Assert.Equal(100, taken.Sum());
    }

    [Fact]
    public void Take_AMillionStrangers_LeaveNothingBehind()
    {
        var window = new FixedWindow("ip", 1, _clock);
        window.Take("warm");
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++) window.Take("warm");

        // A result for each, and no entry that stays.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000 * 100);
    }
}
