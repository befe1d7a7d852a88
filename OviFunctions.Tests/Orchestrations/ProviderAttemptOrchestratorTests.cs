using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

/// <summary>Submitting, and what follows from how it ended.</summary>
public sealed partial class ProviderAttemptOrchestratorTests
{
    [Fact]
    public async Task Run_AcceptedAndFinished_StoresTheVideo()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", look => look < 2 ? StillRunning : Finished());

        Assert.Equal(Delivered(), await script.RunAsync());

        Assert.Equal(["submit 1", "read r1", "read r1", "read r1", "store"], script.Steps);
        Assert.Equal(0, script.Context.OpenTimers);
    }

    [Fact]
    public async Task Run_Rejected_FailsWithTheReasonAndSendsNothingMore()
    {
        var script = new AttemptScript().Submit(Rejected(FailureClass.ProviderCredits));

        var end = await script.RunAsync();

        Assert.Equal((AttemptState.Failed, FailureClass.ProviderCredits), (end.State, end.Failure?.Class));
        Assert.Equal(["submit 1"], script.Steps);
    }

    [Fact]
    public async Task Run_SubmitAnswersWithTheStoredVideo_IsDelivered()
    {
        var script = new AttemptScript().Submit(new SubmitStep(SubmitState.Finished, Video: Video()));

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal(["submit 1"], script.Steps);
    }

    [Fact]
    public async Task Run_SubmitAnswersWithAUrl_IsStored()
    {
        var script = new AttemptScript().Submit(new SubmitStep(SubmitState.Finished, VideoUrl: "https://media.example.com/1.mp4", Seed: 7));

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal(
            new StoreVideoInput(JobId, 0, "https://media.example.com/1.mp4", 7),
            Assert.Single(script.Context.InputsOf<StoreVideoInput>(nameof(StoreVideo))));
    }

    [Fact]
    public async Task Run_FinishedWithoutAUrl_IsStoredFromTheProvidersOwnApi()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", new ReadStep(ReadState.Succeeded));

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal(
            new StoreVideoInput(JobId, 0, null, Request.Seed) { Provider = "fal", Job = ProviderJob("r1") },
            Assert.Single(script.Context.InputsOf<StoreVideoInput>(nameof(StoreVideo))));
    }

    [Fact]
    public async Task Run_SeedOfTheProvider_IsKept()
    {
        var script = new AttemptScript().Submit(Accepted("r1"))
            .Job("r1", new ReadStep(ReadState.Succeeded, "https://media.example.com/1.mp4", Seed: null));

        await script.RunAsync();

        Assert.Equal(Request.Seed, script.Context.InputsOf<StoreVideoInput>(nameof(StoreVideo))[0].Seed);
    }

    [Fact]
    public async Task Run_AnswerLost_SecondSubmitOnlyAfterTheWaitForACallback()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Accepted("r2")).Job("r2", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());

        Assert.Equal(["submit 1", "submit 2", "read r2", "store"], script.Steps);
        Assert.Equal([0, 120], script.Context.TimesOf(nameof(SubmitToProvider)));
    }

    [Fact]
    public async Task Run_AnswerLostAndCallbackComes_JobIsFollowedAndNothingIsSentTwice()
    {
        var script = new AttemptScript().Submit(Ambiguous).Callback(40, 1, "r1").Job("r1", look => look == 0 ? StillRunning : Finished());

        Assert.Equal(Delivered(), await script.RunAsync());

        Assert.Equal(["submit 1", "read r1", "read r1", "store"], script.Steps);
        Assert.Equal("ovi/image-to-video", script.Context.InputsOf<ReadFromProviderInput>(nameof(ReadFromProvider))[0].Job.Model);
    }

    [Fact]
    public async Task Run_CallbackCameBeforeTheAnswerWasLost_IsNotMissed()
    {
        var script = new AttemptScript().Callback(3, 1, "r1").Submit(Ambiguous, seconds: 30).Job("r1", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());

        Assert.Equal(["submit 1", "read r1", "store"], script.Steps);
    }

    [Fact]
    public async Task Run_BothAnswersLostAndNoCallback_FailsAsAmbiguousAfterBothWaits()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Ambiguous);

        var end = await script.RunAsync();

        Assert.Equal((AttemptState.Failed, FailureClass.AmbiguousSubmit), (end.State, end.Failure?.Class));
        Assert.Equal(["submit 1", "submit 2"], script.Steps);
        Assert.Equal(240, script.Context.SecondsPassed);
    }

    [Fact]
    public async Task Run_CallbackOfTheLostSubmitWhileTheSecondIsFollowed_BothAreFollowedAndTheSlowerOneIsCancelled()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Accepted("r2")).Callback(123, 1, "r1")
            .Job("r2", StillRunning).Job("r1", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());

        Assert.Equal(["submit 1", "submit 2", "read r2", "read r1", "store", "cancel r2"], script.Steps);
    }

    [Fact]
    public async Task Run_CallbackOfTheLostSubmitDuringTheSecond_IsFollowedWhenTheSecondIsAccepted()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Accepted("r2"), seconds: 20).Callback(130, 1, "r1")
            .Job("r2", StillRunning).Job("r1", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());

        Assert.Equal(["submit 1", "submit 2", "read r2", "read r1", "store", "cancel r2"], script.Steps);
    }

    [Fact]
    public async Task Run_CallbackOfTheLostSubmitDuringTheSecond_IsFollowedWhenTheSecondIsLostToo()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Ambiguous, seconds: 20).Callback(130, 1, "r1").Job("r1", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal(["submit 1", "submit 2", "read r1", "store"], script.Steps);
    }

    [Fact]
    public async Task Run_CallbackOfTheLostSubmitDuringTheSecond_IsFollowedWhenTheSecondIsRejected()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Rejected(), seconds: 20).Callback(130, 1, "r1").Job("r1", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal(["submit 1", "submit 2", "read r1", "store"], script.Steps);
    }

    [Fact]
    public async Task Run_CallbackOfTheLostSubmitAfterTheSecondWasRejected_IsFollowed()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Rejected(FailureClass.RateLimited)).Callback(200, 1, "r1")
            .Job("r1", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal(["submit 1", "submit 2", "read r1", "store"], script.Steps);
    }

    [Fact]
    public async Task Run_SecondSubmitRejectedAndNoCallback_FailsAfterTheSecondWait()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Rejected(FailureClass.RateLimited));

        Assert.Equal(FailureClass.RateLimited, (await script.RunAsync()).Failure?.Class);
        Assert.Equal((240, 0), (script.Context.SecondsPassed, script.Context.OpenTimers));
    }

    [Fact]
    public async Task Run_AnotherDeliversAfterTheSecondWasRejected_IsStoppedAtOnce()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Rejected()).Stop(150, StopReason.AnotherDelivered);

        Assert.Equal(Stopped, await script.RunAsync());
        Assert.Equal(150, script.Context.SecondsPassed);
    }

    [Fact]
    public async Task Run_DeadlineWhileWaitingForTheCallback_NothingMoreIsSent()
    {
        var script = new AttemptScript { Plan = Plan() with { DeadlineSeconds = 60 } }.Submit(Ambiguous);

        var end = await script.RunAsync();

        Assert.Equal((AttemptState.Failed, FailureClass.ProviderTimeout), (end.State, end.Failure?.Class));
        Assert.Equal(["submit 1"], script.Steps);
        Assert.Equal(60, script.Context.SecondsPassed);
    }

    [Fact]
    public async Task Run_CallbackAndDeadlineInTheSameTurnOfTheWait_VideoIsLookedAt()
    {
        var script = new AttemptScript { Plan = Plan() with { DeadlineSeconds = 60 } }.Submit(Ambiguous).Job("r1", Finished());
        script.Context.At(60, () => script.Context.Raise(JobEvents.Callback, new CallbackSignal(1, "r1")));

        Assert.Equal(Delivered(), await script.RunAsync());
    }

    [Fact]
    public async Task Run_AnotherDeliversWhileWaitingForTheCallback_IsStoppedAtOnce()
    {
        var script = new AttemptScript().Submit(Ambiguous).Stop(10, StopReason.AnotherDelivered);

        Assert.Equal(Stopped, await script.RunAsync());
        Assert.Equal(["submit 1"], script.Steps);
        Assert.Equal(10, script.Context.SecondsPassed);
    }

    /// <summary>The job may exist, and then the provider works on it and bills it: nobody has confirmed that it does not.</summary>
    [Theory]
    [InlineData(10, 1)]
    [InlineData(130, 2)]
    public async Task Run_BuyerCancelsAndALostSubmitIsNeverHeardOf_ItsDeadlineDecidesAndNothingMoreIsSent(double canceledAt, int submits)
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Rejected()).Stop(canceledAt, StopReason.BuyerCanceled);

        Assert.Equal(FailureClass.ProviderTimeout, (await script.RunAsync()).Failure?.Class);
        Assert.Equal(submits, script.Steps.Count());
        Assert.Equal((1200, 0), (script.Context.SecondsPassed, script.Context.OpenTimers));
    }

    [Fact]
    public async Task Run_BuyerCancelsAndALateVideoComesOfALostSubmit_IsDelivered()
    {
        var script = new AttemptScript().Submit(Ambiguous).Stop(10, StopReason.BuyerCanceled).Callback(900, 1, "r1").Job("r1", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());
    }

    [Fact]
    public async Task Run_ProviderConfirmsTheSecondJobAndTheFirstSubmitIsLost_ItsDeadlineDecides()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Accepted("r2")).Stop(122, StopReason.BuyerCanceled)
            .ConfirmsCancelOf("r2").Job("r2", StillRunning);

        Assert.Equal(FailureClass.ProviderTimeout, (await script.RunAsync()).Failure?.Class);
        Assert.Equal(1200, script.Context.SecondsPassed);
    }

    [Fact]
    public async Task Run_BuyerCancelsWhileWaitingAndTheCallbackComes_JobIsCancelledThere()
    {
        var script = new AttemptScript().Submit(Ambiguous).Stop(10, StopReason.BuyerCanceled).Callback(50, 1, "r1")
            .ConfirmsCancelOf("r1");

        Assert.Equal(Stopped, await script.RunAsync());
        Assert.Equal(["submit 1", "cancel r1"], script.Steps);
    }

    [Fact]
    public async Task Run_SubmitBreaks_TheAttemptBreaks()
    {
        var script = new AttemptScript();
        script.Context.Break(nameof(SubmitToProvider));

        await Assert.ThrowsAsync<Microsoft.DurableTask.TaskFailedException>(script.RunAsync);
    }
}
