using OviFunctions.Embedded.Engine;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class InstanceQueueTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly InstanceQueue _queue;

    public InstanceQueueTests() => _queue = new(_time);

    [Fact]
    public void Wake_QueuedAlready_IsThereOnce()
    {
        _queue.Wake([1, 2, 1]);

        Assert.Equal([1, 2], Take());
    }

    [Fact]
    public void End_WokenWhileItRan_ComesBackOnceAndOnlyThen()
    {
        _queue.Begin(1);
        _queue.Wake([1, 1]);
        Assert.Empty(Take());

        _queue.End(1);

        Assert.Equal([1], Take());
    }

    [Fact]
    public void End_NotWoken_ComesBackWhenItIsWoken()
    {
        Run(1, replay: 40, commit: 0, woken: false);
        Assert.Empty(Take());

        _queue.Wake(1);

        Assert.Equal([1], Take());
    }

    [Fact]
    public void End_WokenWhileItReplayedForLong_RestsThriceAsLongAndHoldsUpNobody()
    {
        Run(1, replay: 20, commit: 500, woken: true);
        _queue.Wake([1, 2]);
        Assert.Equal([2], Take());

        _time.Advance(TimeSpan.FromMilliseconds(59));
        Assert.Empty(Take());
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal([1], Take());
    }

    [Fact]
    public void End_WokenWhileItReplayedForHours_RestsForASecond()
    {
        Run(1, replay: 3_600_000, commit: 0, woken: true);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([1], Take());
    }

    [Fact]
    public void End_OnlyTheCommitWasLong_DoesNotRest()
    {
        Run(1, replay: 0, commit: 500, woken: true);

        Assert.Equal([1], Take());
    }

    /// <summary>An episode, in milliseconds.</summary>
    private void Run(long key, int replay, int commit, bool woken)
    {
        _queue.Begin(key);
        if (woken) _queue.Wake(key);
        _time.Advance(TimeSpan.FromMilliseconds(replay));
        _queue.Played(key);
        _time.Advance(TimeSpan.FromMilliseconds(commit));
        _queue.End(key);
    }

    private List<long> Take()
    {
        var keys = new List<long>();
        while (_queue.Runnable.TryRead(out var key)) keys.Add(key);
        return keys;
    }
}
