using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class ActivityQueueTests
{
    private readonly ActivityQueue _queue = new();

    [Fact]
    public async Task TakeAllAsync_SeveralInstances_TheyTakeTurnsEachInItsOrder()
    {
        _queue.Add(1, [10, 11, 12]);
        _queue.Add(2, [20]);
        _queue.Add(3, [30, 31]);
        Assert.Equal(6, _queue.Count);

        Assert.Equal([10, 20, 30, 11, 31, 12], await TakeAsync(6));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task Add_AnInstanceThatHasNothingLeft_ItHasATurnAgain()
    {
        _queue.Add(1, [10]);
        Assert.Equal([10], await TakeAsync(1));

        _queue.Add(1, [11]);

        Assert.Equal([11], await TakeAsync(1));
    }

    [Fact]
    public async Task Add_WaitsOrRunsAlready_IsNotQueuedTwice()
    {
        _queue.Add(1, [10, 11]);
        Assert.Equal([10], await TakeAsync(1));

        _queue.Add(1, [10, 11, 12]);
        Assert.Equal([11, 12], await TakeAsync(2));

        _queue.Forget(10);
        _queue.Add(1, [10, 11]);
        Assert.Equal([10], await TakeAsync(1));
        Assert.Equal(0, _queue.Count);
    }

    private async Task<List<long>> TakeAsync(int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await _queue.TakeAllAsync(patience.Token).Take(count).ToListAsync(patience.Token);
    }
}
