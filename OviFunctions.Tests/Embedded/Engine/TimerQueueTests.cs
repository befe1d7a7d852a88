using OviFunctions.Embedded.Engine;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class TimerQueueTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<long> _woken = [];
    private readonly TimerQueue _timers;

    public TimerQueueTests() => _timers = new(_time, _woken.Add);

    public void Dispose() => _timers.Dispose();

    [Fact]
    public void Set_SeveralInstances_EachIsWokenAtItsTimeOnce()
    {
        Set(1, 30);
        Set(2, 10);
        Set(3, 20);

        _time.Advance(TimeSpan.FromMinutes(25));
        Assert.Equal([2, 3], _woken);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal([2, 3, 1], _woken);
    }

    [Fact]
    public void Set_Again_OnlyTheLastTimeCounts()
    {
        Set(1, 10);
        Set(1, 30);
        Set(2, 30);
        Set(2, 10);
        Set(3, 10);
        _timers.Set(3, null);

        _time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal([2], _woken);
        _time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal([2, 1], _woken);
    }

    [Fact]
    public void Set_TimeHasCome_WakesAtOnce()
    {
        Set(1, 0);

        Assert.Equal([1], _woken);
    }

    [Fact]
    public void SetIfEarlier_LaterThanKnown_ChangesNothing()
    {
        Set(1, 10);
        _timers.SetIfEarlier(1, _time.GetUtcNow().AddMinutes(30));
        Set(2, 30);
        _timers.SetIfEarlier(2, _time.GetUtcNow().AddMinutes(10));

        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal([1, 2], _woken.Order());
    }

    [Fact]
    public void Set_ManyTimesOver_TheOrderDoesNotGrow()
    {
        for (var i = 0; i < 100_000; i++) Set(i % 10, 10 + (i % 7));

        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(Enumerable.Range(0, 10).Select(k => (long)k), _woken.Order());
    }

    private void Set(long key, int minutes) => _timers.Set(key, _time.GetUtcNow().AddMinutes(minutes));
}
