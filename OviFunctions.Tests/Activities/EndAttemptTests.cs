using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;
using OviFunctions.Tests.Providers.Health;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Activities;

/// <summary>What is remembered of an attempt that ended, by two machines.</summary>
public sealed class EndAttemptTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();
    private readonly HealthMachine _here;
    private readonly HealthMachine _there;

    public EndAttemptTests() => (_here, _there) = (new(_records, _clock), new(_records, _clock));

    [Fact]
    public async Task Run_ManyAtOnceOnTwoMachines_EachCountsOnce()
    {
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => (i % 2 == 0 ? _here : _there).EndAsync($"job{i}"))));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => _there.EndAsync($"job{i}")))); // all machines died before the engine knew

        var health = ProviderHealth.Of(await _here.StateAsync(), HealthMachine.Model, _clock.GetUtcNow());
        Assert.Equal((40, 1.0, 30), (health.Attempts, health.SuccessRate, health.P50Seconds));
    }

    [Theory]
    [InlineData(FailureClass.ProviderUnavailable, 1)]
    [InlineData(FailureClass.ProviderTimeout, 1)]
    [InlineData(FailureClass.AmbiguousSubmit, 1)]
    [InlineData(FailureClass.BadResult, 1)]
    [InlineData(FailureClass.ResultExpired, 1)]
    [InlineData(FailureClass.InvalidInput, 0)]
    [InlineData(FailureClass.ContentPolicy, 0)]
    [InlineData(FailureClass.InputUnreachable, 0)]
    [InlineData(FailureClass.Cancelled, 0)]
    [InlineData(FailureClass.RateLimited, 0)]
    public async Task Run_Failure_CountsWhenItIsTheProviders(FailureClass why, int counted)
    {
        await _here.FailAsync("a", why);

        var state = await _here.StateAsync();
        Assert.Equal((counted, null), (state.Samples.Count(sample => !sample.Delivered), state.OutFor));
    }

    [Fact]
    public async Task Run_NothingWasSent_SaysNothingOfTheProvider()
    {
        await _here.EndAsync("a", AttemptState.Failed, new ProviderFailure(FailureClass.ProviderTimeout, ProviderFailure.NotSent, "Too late."));
        await _here.EndAsync("b", AttemptState.Stopped);
        await _here.EndAsync("c", provider: "removed");

        Assert.Empty((await _here.StateAsync()).Samples);
        Assert.DoesNotContain("providers/removed", _records.Names);
    }

    [Fact]
    public async Task Run_ManySamples_FiftyOfEachModelAreKept()
    {
        for (var i = 0; i < 5; i++) await _here.EndAsync($"sora{i}", model: "sora-2");
        for (var i = 0; i < 60; i++) await _here.EndAsync($"job{i}", seconds: i);

        var state = await _here.StateAsync();
        Assert.Equal((50, 10), (state.Samples.Count(s => s.Model == HealthMachine.Model), state.Samples.First(s => s.Model == HealthMachine.Model).Seconds));
        Assert.Equal(5, state.Samples.Count(s => s.Model == "sora-2"));
    }

    [Fact]
    public async Task Run_NoCredits_TheAccountIsOutOnAllMachinesAndTheOperatorIsToldOnce()
    {
        await _here.FailForCreditsAsync("a");
        await _there.FailForCreditsAsync("b");

        var state = await _there.StateAsync();
        Assert.Equal("User is locked. Reason: Exhausted balance.", state.OutFor);
        Assert.Equal(_clock.GetUtcNow(), state.OutSince);
        Assert.True(state.NextCheck > _clock.GetUtcNow());
        var line = Assert.Single(_here.Log.Lines.Concat(_there.Log.Lines));
        Assert.StartsWith("Critical: Provider fal gets no jobs any more: User is locked. Reason: Exhausted balance.", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ModelIsGone_OnlyThatModelIsOut()
    {
        await _here.FailForModelAsync("a");

        var state = await _there.StateAsync();
        Assert.Equal((null, "Gone.", null), (state.OutFor, state.WhyOut(HealthMachine.Model), state.WhyOut("sora-2")));
        Assert.Contains("Critical: Provider fal gets no jobs of ovi/image-to-video any more: Gone.", Assert.Single(_here.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AgainAfterTheOperatorBroughtItBack_DoesNotTakeItOutAgain()
    {
        await _here.FailForCreditsAsync("a");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _there.Rotation.ResumeAsync("fal", default);

        await _there.FailForCreditsAsync("a"); // the machine died before the engine knew

        Assert.Null((await _here.StateAsync()).OutFor);
        await _there.FailForCreditsAsync("b");
        Assert.NotNull((await _here.StateAsync()).OutFor);
    }

    [Fact]
    public async Task Run_OperatorPausedIt_NoFailureChangesThat()
    {
        await _here.Rotation.PauseAsync("fal", "their maintenance", default);

        await _here.FailForCreditsAsync("a");

        var state = await _here.StateAsync();
        Assert.Equal(("their maintenance", null), (state.OutFor, state.NextCheck));
    }

    [Theory]
    [InlineData(20.0, 20)]
    [InlineData(null, 10)]
    [InlineData(1e9, 3600)]
    public async Task Run_RateLimited_PausesForAsLongAsWasAsked(double? retryAfter, double expected)
    {
        await LimitAsync("a", retryAfter);
        await LimitAsync("b", 1); // the longest wins

        Assert.Equal(_clock.GetUtcNow().AddSeconds(expected), (await _there.StateAsync()).PausedUntil);

        Task LimitAsync(string job, double? seconds) =>
            _here.EndAsync(job, AttemptState.Failed, new ProviderFailure(FailureClass.RateLimited, "429", "Slow down.") { RetryAfterSeconds = seconds });
    }

    [Fact]
    public async Task Run_StorageIsDown_IsLoggedAndNothingElse()
    {
        _records.Before = (_, _) => throw new IOException("down");

        await _here.EndAsync("a");

        Assert.StartsWith("Warning: The end of lane 0 of job a at fal was not counted", Assert.Single(_here.EndLog.Lines), StringComparison.Ordinal);
    }
}
