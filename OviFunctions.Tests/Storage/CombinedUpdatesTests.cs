using OviFunctions.Storage;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Storage;

public sealed class CombinedUpdatesTests
{
    private readonly MemoryRecordStore _records = new();
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task ApplyAsync_ManyAtOnce_FewWritesAndEveryOneCountsInOrder()
    {
        var writes = 0;
        var gate = new TaskCompletionSource();
        _records.Before = async (call, _) =>
        {
            if (call is not (RecordCall.Create or RecordCall.Replace)) return;
            Interlocked.Increment(ref writes);
            await gate.Task;
        };
        var machine = Machine();
        var changes = Enumerable.Range(0, 100).Select(_ => machine.ApplyAsync(AddOne, default)).ToArray();
        gate.SetResult();

        var results = await Task.WhenAll(changes);

        Assert.Equal(Enumerable.Range(1, 100), results);
        Assert.InRange(writes, 1, 3);
    }

    [Fact]
    public async Task ApplyAsync_TwoMachines_EveryChangeCounts()
    {
        var machines = new[] { Machine(), Machine() };

        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => machines[i % 2].ApplyAsync(AddOne, default))));

        Assert.Equal(60, await Machine().ApplyAsync(standing => (standing, standing.Value), default));
    }

    [Fact]
    public async Task ApplyAsync_NothingToChange_WritesNothing()
    {
        await Machine().ApplyAsync(standing => (standing, true), default);

        Assert.Empty(_records.Names);
    }

    [Fact]
    public async Task ApplyAsync_AWriteFails_AllOfItAreToldAndTheNextGoesOn()
    {
        var machine = Machine();
        _records.Before = (_, _) => throw new IOException("down");
        await Assert.ThrowsAsync<IOException>(() => machine.ApplyAsync(AddOne, default));
        _records.Before = null;

        Assert.Equal(1, await machine.ApplyAsync(AddOne, default));
    }

    [Fact]
    public async Task ApplyAsync_StorageHangs_TheQueueHasAnEnd()
    {
        var gate = new TaskCompletionSource();
        _records.Before = (_, _) => gate.Task;
        var machine = Machine();
        List<Task> waiting = [];

        // The first batch is under way, with one or more changes; the queue behind it takes 2000.
        var refused = await Assert.ThrowsAsync<SharedRecordBusyException>(async () =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                var change = machine.ApplyAsync(AddOne, default);
                if (change.IsFaulted) await change;
                waiting.Add(change);
            }
        });

        Assert.Contains("shared/test", refused.Message, StringComparison.Ordinal);
        gate.SetResult();
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task ApplyAsync_Cancelled_EndsTheWait()
    {
        _records.Before = (_, _) => new TaskCompletionSource().Task;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Machine().ApplyAsync(AddOne, new CancellationToken(canceled: true)));
    }

    private static (Count, int) AddOne(Count standing) => (new Count(standing.Value + 1), standing.Value + 1);

    private CombinedUpdates<Count> Machine() => new(new SharedRecord<Count>(_records, _clock, "shared/test", new Count(0)));

    private sealed record Count(int Value);
}
