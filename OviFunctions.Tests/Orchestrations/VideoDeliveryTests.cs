using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

public sealed class VideoDeliveryTests
{
    private static readonly StoreStep Expired = new(null, new ProviderFailure(FailureClass.ResultExpired, "status", "404"), MayPass: true);
    private static readonly StoreStep Broken = new(null, new ProviderFailure(FailureClass.BadResult, "not_mp4", "HTML"));

    [Fact]
    public async Task StoreAsync_LinkExpired_AsksForAFreshOneAndTriesAgain()
    {
        var stores = 0;
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", look => Finished($"https://media.example.com/{look}.mp4"))
            .Store(_ => stores++ < 2 ? Expired : new StoreStep(Video()));

        Assert.Equal(Delivered(), await script.RunAsync());

        Assert.Equal(
            ["https://media.example.com/0.mp4", "https://media.example.com/1.mp4", "https://media.example.com/2.mp4"],
            script.Context.InputsOf<StoreVideoInput>(nameof(StoreVideo)).Select(s => s.Url));
        Assert.Equal([5, 7, 11], script.Context.TimesOf(nameof(StoreVideo)));
    }

    [Fact]
    public async Task StoreAsync_FreshReadDoesNotWork_TriesTheOldLink()
    {
        var stores = 0;
        var script = new AttemptScript().Submit(Accepted("r1"))
            .Job("r1", look => look == 0 ? Finished("https://media.example.com/0.mp4") : StillRunning)
            .Store(_ => stores++ < 1 ? Expired : new StoreStep(Video()));

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.All(
            script.Context.InputsOf<StoreVideoInput>(nameof(StoreVideo)),
            s => Assert.Equal("https://media.example.com/0.mp4", s.Url));
    }

    [Fact]
    public async Task StoreAsync_KeepsFailing_FailsAfterFourTries()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", Finished()).Store(_ => Expired);

        var end = await script.RunAsync();

        Assert.Equal((AttemptState.Failed, FailureClass.ResultExpired), (end.State, end.Failure?.Class));
        Assert.Equal([5, 7, 11, 17], script.Context.TimesOf(nameof(StoreVideo)));
    }

    [Fact]
    public async Task StoreAsync_ProviderAsksForAPause_GetsItWithinAMinute()
    {
        var pauses = new Queue<double>([20, 1, 900]);
        var limited = new ProviderFailure(FailureClass.ProviderUnavailable, "rate_limit_exceeded", "429");
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", Finished())
            .Store(_ => pauses.TryDequeue(out var seconds) ? new StoreStep(null, limited with { RetryAfterSeconds = seconds }, MayPass: true) : new StoreStep(Video()));

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal([5, 25, 29, 89], script.Context.TimesOf(nameof(StoreVideo)));
    }

    [Fact]
    public async Task StoreAsync_VideoIsBad_IsNotTriedAgain()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", Finished()).Store(_ => Broken);

        var end = await script.RunAsync();

        Assert.Equal((AttemptState.Failed, FailureClass.BadResult), (end.State, end.Failure?.Class));
        Assert.Equal(["submit 1", "read r1", "store"], script.Steps);
    }

    [Fact]
    public async Task StoreAsync_VideoOfOneOfTwoJobsIsBad_TheOtherDelivers()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Accepted("r2")).Callback(121, 1, "r1")
            .Job("r1", Finished("https://media.example.com/bad.mp4")).Job("r2", look => look < 2 ? StillRunning : Finished())
            .Store(input => input.Url!.EndsWith("bad.mp4", StringComparison.Ordinal) ? Broken : new StoreStep(Video()));

        Assert.Equal(Delivered(), await script.RunAsync());
    }

    [Fact]
    public async Task StoreAsync_UrlCameWithTheSubmit_IsTriedAgainWithoutARead()
    {
        var script = new AttemptScript().Submit(new SubmitStep(SubmitState.Finished, VideoUrl: "https://media.example.com/1.mp4"))
            .Store(_ => Expired);

        Assert.Equal(AttemptState.Failed, (await script.RunAsync()).State);
        Assert.Equal(["submit 1", "store", "store", "store", "store"], script.Steps);
    }
}
