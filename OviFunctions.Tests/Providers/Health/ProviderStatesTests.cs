using OviFunctions.Providers.Health;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.Health;

/// <summary>What machines know of an account, and what they know of it without storage.</summary>
public sealed class ProviderStatesTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();
    private readonly HealthMachine _here;
    private readonly HealthMachine _there;

    public ProviderStatesTests() => (_here, _there) = (new(_records, _clock), new(_records, _clock));

    [Fact]
    public async Task ReadAsync_AnotherMachineChangedIt_IsSeenWithinFiveSeconds()
    {
        Assert.Null((await ReadAsync()).OutFor);
        await _there.Rotation.PauseAsync("fal", "a test", default);

        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("a test", (await ReadAsync()).OutFor);
    }

    [Fact]
    public async Task ReadAsync_ManyQuotes_ReadTheRecordOnce()
    {
        var reads = 0;
        var answer = new TaskCompletionSource();
        _records.Before = (_, _) =>
        {
            Interlocked.Increment(ref reads);
            return answer.Task;
        };
        var quotes = Enumerable.Range(0, 50).Select(_ => ReadAsync().AsTask()).ToArray();
        answer.SetResult();

        await Task.WhenAll(quotes);
        await ReadAsync();

        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task ReadAsync_StorageIsDown_IsWhatWasSeenLast()
    {
        await _here.Rotation.PauseAsync("fal", "a test", default);
        _records.Before = (_, _) => throw new IOException("down");
        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("a test", (await ReadAsync()).OutFor);
        Assert.Equal(ProviderState.Empty, await _there.States.ReadAsync("fal", default));
    }

    [Fact]
    public async Task ReadAsync_StorageIsDown_IsTriedEveryFiveSecondsAndSeenWhenItIsBack()
    {
        var tries = 0;
        _records.Before = (_, _) => ++tries > 0 ? throw new IOException("down") : Task.CompletedTask;
        for (var i = 0; i < 10; i++) await ReadAsync();
        Assert.Equal(1, tries);

        _records.Before = null;
        await _there.Rotation.PauseAsync("fal", "a test", default);
        Assert.Null((await ReadAsync()).OutFor);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("a test", (await ReadAsync()).OutFor);
    }

    [Fact]
    public async Task ReadAsync_StorageDoesNotAnswer_IsWaitedForASecondAndNotByOthers()
    {
        var answer = new TaskCompletionSource();
        _records.Before = (_, _) => answer.Task;
        var first = ReadAsync().AsTask();
        await _clock.WaiterAsync();
        Assert.False(first.IsCompleted);

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(ProviderState.Empty, await first);
        answer.SetException(new IOException("down"));
        await Task.Yield();
        _clock.Advance(TimeSpan.FromSeconds(5));
        _records.Before = (_, _) => new TaskCompletionSource().Task;
        var trying = ReadAsync().AsTask();
        Assert.True(ReadAsync().AsTask().IsCompleted, "A quote waits for storage that is known to be down.");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await trying;
    }

    [Fact]
    public async Task TakeTrialAsync_ManyAtOnceOnTwoMachines_OneGetsIt()
    {
        for (var i = 0; i < ProviderHealth.FailuresToOpen; i++) await _here.FailAsync($"job{i}");
        Assert.False(await TakeTrialAsync(_here));
        _clock.Advance(ProviderHealth.OpenFor);

        var granted = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => TakeTrialAsync(i % 2 == 0 ? _here : _there)));

        Assert.Single(granted, true);
        Assert.Equal(CircuitState.Open, ProviderHealth.Of(await _here.StateAsync(), HealthMachine.Model, _clock.GetUtcNow()).Circuit);
        await _there.EndAsync("trial");
        Assert.Equal(CircuitState.Closed, ProviderHealth.Of(await _here.StateAsync(), HealthMachine.Model, _clock.GetUtcNow()).Circuit);
    }

    [Fact]
    public async Task TakeTrialAsync_StorageIsDown_IsFalse()
    {
        _records.Before = (_, _) => throw new IOException("down");

        Assert.False(await TakeTrialAsync(_here));
    }

    private ValueTask<ProviderState> ReadAsync() => _here.States.ReadAsync("fal", default);

    private static Task<bool> TakeTrialAsync(HealthMachine machine) => machine.States.TakeTrialAsync("fal", HealthMachine.Model, default);
}
