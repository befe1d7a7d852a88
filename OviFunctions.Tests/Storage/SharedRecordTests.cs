using OviFunctions.Storage;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Storage;

public sealed class SharedRecordTests
{
    private readonly MemoryRecordStore _records = new();
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task UpdateAsync_ManyMachinesAtOnce_EveryChangeCounts()
    {
        var machines = Enumerable.Range(0, 8).Select(_ => Machine()).ToArray();

        await Task.WhenAll(machines.Select(m => Task.Run(() => m.UpdateAsync(c => new Count(c.Value + 1), CancellationToken.None))));

        Assert.Equal(8, (await Machine().ReadAsync(CancellationToken.None)).Value);
    }

    [Fact]
    public async Task ReadAsync_AnotherMachineChangedIt_IsSeenAfterFiveSeconds()
    {
        var here = Machine();
        Assert.Equal(0, (await here.ReadAsync(CancellationToken.None)).Value);
        await Machine().UpdateAsync(c => new Count(c.Value + 1), CancellationToken.None);

        Assert.Equal(0, (await here.ReadAsync(CancellationToken.None)).Value);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1, (await here.ReadAsync(CancellationToken.None)).Value);
    }

    [Fact]
    public async Task UpdateAsync_NothingToChange_WritesNothing()
    {
        var (value, changed) = await Machine().UpdateAsync(_ => null, CancellationToken.None);

        Assert.Equal((0, false), (value.Value, changed));
        Assert.Null(await _records.ReadAsync<Count>("shared/test", CancellationToken.None));
    }

    private SharedRecord<Count> Machine() => new(_records, _clock, "shared/test", new Count(0));

    private sealed record Count(int Value);
}
