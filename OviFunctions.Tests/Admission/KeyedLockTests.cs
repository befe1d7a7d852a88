using System.Collections;
using System.Reflection;
using OviFunctions.Admission;

namespace OviFunctions.Tests.Admission;

public sealed class KeyedLockTests
{
    private readonly KeyedLock _lock = new();

    [Fact]
    public async Task EnterAsync_SameKey_OneAtATime()
    {
        var (inside, most, total) = (0, 0, 0);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () =>
        {
            using (await _lock.EnterAsync("a", default))
            {
                most = Math.Max(most, Interlocked.Increment(ref inside));
                await Task.Yield();
                total++; // not atomic: the lock is what makes it right
                Interlocked.Decrement(ref inside);
            }
        })));

        Assert.Equal((1, 200), (most, total));
        Assert.Equal(0, Gates);
    }

    [Fact]
    public async Task EnterAsync_OtherKey_DoesNotWait()
    {
        using var held = await _lock.EnterAsync("a", default);

        using var other = await _lock.EnterAsync("b", default).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);

        Assert.Equal(2, Gates);
    }

    [Fact]
    public async Task EnterAsync_SameKey_WaitsUntilItIsLeft()
    {
        var held = await _lock.EnterAsync("a", default);
        var waiting = _lock.EnterAsync("a", default);
        Assert.False(waiting.IsCompleted);

        held.Dispose();

        (await waiting).Dispose();
        Assert.Equal(0, Gates);
    }

    [Fact]
    public async Task EnterAsync_WaiterGivesUp_TheOthersAreNotDisturbed()
    {
        var held = await _lock.EnterAsync("a", default);
        using var impatient = new CancellationTokenSource();
        var givingUp = _lock.EnterAsync("a", impatient.Token);
        var patient = _lock.EnterAsync("a", default);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givingUp);
        Assert.False(patient.IsCompleted);
        held.Dispose();

        (await patient).Dispose();
        Assert.Equal(0, Gates);
    }

    [Fact]
    public async Task Dispose_Twice_LetsOnlyOneIn()
    {
        var held = await _lock.EnterAsync("a", default);
        var second = _lock.EnterAsync("a", default);
        var third = _lock.EnterAsync("a", default);

        held.Dispose();
        held.Dispose();

        using var holder = await second;
        Assert.False(third.IsCompleted);
    }

    [Fact]
    public async Task EnterAsync_ManyKeys_TakeNoMemoryAfterwards()
    {
        // Keys are job ids that strangers make.
        for (var i = 0; i < 10_000; i++) (await _lock.EnterAsync($"job_{i}", default)).Dispose();

        Assert.Equal(0, Gates);
    }

    private int Gates => ((ICollection)typeof(KeyedLock).GetField("_gates", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(_lock)!).Count;
}
