using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Providers;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Activities;

/// <summary>Looking at a provider's job, and asking to stop it.</summary>
public sealed class ProviderActivitiesTests
{
    private readonly ActivityBench _bench = new();

    [Fact]
    public async Task Read_Finished_HasUrlAndSeed()
    {
        _bench.Provider.Read = _ => new ReadResult.Succeeded(new ProviderVideo("https://media.example.com/1.mp4", 7));

        Assert.Equal(new ReadStep(ReadState.Succeeded, "https://media.example.com/1.mp4", 7), await ReadAsync());
    }

    [Fact]
    public async Task Read_FailedThere_HasTheReason()
    {
        var failure = new ProviderFailure(FailureClass.ContentPolicy, "content_policy_violation", "No.");
        _bench.Provider.Read = _ => new ReadResult.Failed(failure);

        Assert.Equal(new ReadStep(ReadState.Failed, Failure: failure), await ReadAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_RunningOrNotReadable_IsLookedAtAgain(bool unavailable)
    {
        // A read that does not work says nothing of the job: others lost half of their clips to that mistake.
        _bench.Provider.Read = _ => unavailable
            ? new ReadResult.Unavailable("HTTP 504")
            : new ReadResult.Running();

        Assert.Equal(new ReadStep(ReadState.Running), await ReadAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_ProviderSaysWhenToAskAgain_IsKept(bool unavailable)
    {
        _bench.Provider.Read = _ => unavailable
            ? new ReadResult.Unavailable("HTTP 429", TimeSpan.FromSeconds(30))
            : new ReadResult.Running(TimeSpan.FromSeconds(30));

        Assert.Equal(new ReadStep(ReadState.Running) { WaitSeconds = 30 }, await ReadAsync());
    }

    [Fact]
    public async Task ReadAndCancel_AccountIsNotConfiguredAnyMore_TheAttemptFailsForTheNextLane()
    {
        var read = await ReadAsync("gone");

        Assert.Equal((ReadState.Failed, FailureClass.ProviderUnavailable), (read.State, read.Failure?.Class));
        Assert.Contains("\"gone\"", read.Failure!.Message, StringComparison.Ordinal);
        var cancel = new CancelAtProvider(_bench.Catalog, NullLogger<CancelAtProvider>.Instance);
        Assert.False(await cancel.Run(new CancelAtProviderInput(JobId, "gone", ProviderJob("r1")), default));
    }

    [Theory]
    [InlineData(CancelResult.Confirmed, true)]
    [InlineData(CancelResult.Requested, false)]
    [InlineData(CancelResult.AlreadyFinished, false)]
    [InlineData(CancelResult.NotPossible, false)]
    public async Task Cancel_Answer_OnlyAConfirmationMeansThatItWillNotRun(CancelResult result, bool isOver)
    {
        ProviderJob? asked = null;
        _bench.Provider.Cancel = job =>
        {
            asked = job;
            return result;
        };
        var activity = new CancelAtProvider(_bench.Catalog, NullLogger<CancelAtProvider>.Instance);

        Assert.Equal(isOver, await ActivityBench.TwiceAsync(
            () => activity.Run(new CancelAtProviderInput(JobId, "fal", ProviderJob("r1")), default)));
        Assert.Equal("r1", asked?.RequestId);
    }

    private Task<ReadStep> ReadAsync(string provider = "fal") => ActivityBench.TwiceAsync(() => new ReadFromProvider(
        _bench.Catalog, NullLogger<ReadFromProvider>.Instance).Run(new ReadFromProviderInput(JobId, provider, ProviderJob("r1")), default));
}
