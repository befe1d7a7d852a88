using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class ActivityQueueTests
{
    private readonly ActivityQueue _queue = new(places: 9);

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

    [Fact]
    public async Task TakeAllAsync_NineOfTenPlacesAreTaken_TheLastIsForAnInstanceOfWhichNothingRuns()
    {
        var queue = new ActivityQueue(places: 10);
        queue.Add(1, Enumerable.Range(10, 11).Select(id => (long)id));
        queue.Add(2, [30]);
        Assert.Equal([10, 30, 11, 12, 13, 14, 15, 16, 17], await TakeAsync(9, queue));

        queue.Add(2, [31]);
        var last = TakeAsync(1, queue);
        Assert.False(last.IsCompleted);
        queue.Add(3, [40]);
        Assert.Equal([40], await last);

        queue.Forget(30);
        Assert.Equal([31], await TakeAsync(1, queue));
        queue.Forget(40);
        queue.Forget(31);
        Assert.Equal([18], await TakeAsync(1, queue));
        Assert.Equal(2, queue.Count);
    }

    private Task<List<long>> TakeAsync(int count) => TakeAsync(count, _queue);

    private static async Task<List<long>> TakeAsync(int count, ActivityQueue queue)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await queue.TakeAllAsync(patience.Token).Take(count).Select(activity => activity.Id).ToListAsync(patience.Token);
    }
}
