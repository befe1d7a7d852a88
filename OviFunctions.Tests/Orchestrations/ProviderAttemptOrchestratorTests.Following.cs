using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

/// <summary>Following a job that exists: polls, callbacks, stops, the deadline.</summary>
public sealed partial class ProviderAttemptOrchestratorTests
{
    [Fact]
    public async Task Run_CallbackAboutTheJobOfAnother_IsNotFollowed()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Callback(3, 1, "r9").Callback(4, 1, "r1")
            .Job("r9", Finished("https://media.example.com/of-somebody-else.mp4")).Job("r1", look => look < 2 ? StillRunning : Finished());

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.DoesNotContain("read r9", script.Steps);
    }

    [Fact]
    public async Task Run_NoCallback_PollsGrowByHalfUpToTheCap()
    {
        var script = new AttemptScript { Plan = Plan() with { MaxPollSeconds = 20 } }
            .Submit(Accepted("r1")).Job("r1", look => look < 6 ? StillRunning : Finished());

        await script.RunAsync();

        Assert.Equal([5, 12.5, 23.75, 40.625, 60.625, 80.625, 100.625], script.Context.TimesOf(nameof(ReadFromProvider)));
    }

    [Fact]
    public async Task Run_Callback_IsAnsweredByALookAtOnce()
    {
        var script = new AttemptScript { Plan = Plan() with { FirstPollSeconds = 300 } }
            .Submit(Accepted("r1")).Callback(42, 1, "r1").Job("r1", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal([42], script.Context.TimesOf(nameof(ReadFromProvider)));
    }

    [Fact]
    public async Task Run_CallbackButTheReadSaysRunning_IsNotBelieved()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Callback(1, 1, "r1")
            .Job("r1", look => look < 1 ? StillRunning : Finished());

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal([1, 8.5], script.Context.TimesOf(nameof(ReadFromProvider)));
    }

    [Fact]
    public async Task Run_RepeatedCallbacks_FollowTheJobOnce()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Callback(1, 1, "r1").Callback(1, 1, "r1").Callback(2, 1, "r1")
            .Job("r1", look => look < 2 ? StillRunning : Finished());

        await script.RunAsync();

        Assert.Equal([1, 1, 2], script.Context.TimesOf(nameof(ReadFromProvider)));
    }

    [Fact]
    public async Task Run_RepeatedCallbacksOfALostSubmit_FollowTheJobOnce()
    {
        var script = new AttemptScript().Callback(1, 1, "r1").Callback(2, 1, "r1").Submit(Ambiguous, seconds: 5)
            .Job("r1", look => look < 1 ? StillRunning : Finished());

        await script.RunAsync();

        Assert.Equal(["submit 1", "read r1", "read r1", "store"], script.Steps);
    }

    [Fact]
    public async Task Run_FloodOfCallbacks_OnlyTwentyAreAnswered()
    {
        var script = new AttemptScript { Plan = Plan() with { FirstPollSeconds = 100, MaxPollSeconds = 100 } }.Submit(Accepted("r1"));
        for (var i = 0; i < 60; i++) script.Callback(1 + i, 1, "r1");
        script.Job("r1", look => look < 21 ? StillRunning : Finished());

        Assert.Equal(Delivered(), await script.RunAsync());

        // One look a callback, then the timer alone.
        Assert.Equal([.. Enumerable.Range(1, 20).Select(i => (double)i), 120, 220], script.Context.TimesOf(nameof(ReadFromProvider)));
    }

    [Fact]
    public async Task Run_FloodOfUnknownRequestIds_IsBounded()
    {
        var script = new AttemptScript().Submit(Ambiguous).Callback(1, 1, "r1").Job("r1", look => look < 25 ? StillRunning : Finished());
        for (var i = 0; i < 60; i++) script.Callback(1, 1, $"x{i}").Job($"x{i}", FailedThere());

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal(19, script.Distinct.Count(s => s.StartsWith("read x", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_JobFailsThere_FailsWithTheProvidersReason()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", FailedThere(FailureClass.ContentPolicy));

        var end = await script.RunAsync();

        Assert.Equal((AttemptState.Failed, FailureClass.ContentPolicy), (end.State, end.Failure?.Class));
        Assert.DoesNotContain("submit 2", script.Steps);
    }

    [Fact]
    public async Task Run_OneOfTwoJobsFails_TheOtherIsFollowedOn()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Accepted("r2")).Callback(121, 1, "r1")
            .Job("r1", FailedThere()).Job("r2", look => look < 3 ? StillRunning : Finished());

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Single(script.Steps, "read r1");
        Assert.DoesNotContain(script.Steps, s => s.StartsWith("cancel", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_Deadline_LastLookThenCancelThenTimeout()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", StillRunning);

        var end = await script.RunAsync();

        Assert.Equal((AttemptState.Failed, FailureClass.ProviderTimeout), (end.State, end.Failure?.Class));
        Assert.Equal(["read r1", "cancel r1"], script.Steps.TakeLast(2));
        Assert.Equal(1200, script.Context.SecondsPassed);
        Assert.Equal(0, script.Context.OpenTimers);
    }

    [Fact]
    public async Task Run_FinishedAtTheLastLook_IsDelivered()
    {
        // As after an outage: the submit's answer is processed when the deadline is over.
        var script = new AttemptScript().Submit(Accepted("r1"), seconds: 5000).Job("r1", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());
    }

    [Fact]
    public async Task Run_CallbackInTheTurnOfTheDeadline_IsLookedAt()
    {
        var script = new AttemptScript { Plan = Plan() with { DeadlineSeconds = 60, MaxPollSeconds = 600, FirstPollSeconds = 600 } }
            .Submit(Accepted("r1")).Job("r1", Finished());
        script.Context.At(60, () => script.Context.Raise(JobEvents.Callback, new CallbackSignal(1, "r1")));

        Assert.Equal(Delivered(), await script.RunAsync());
    }

    [Fact]
    public async Task Run_AnotherDelivered_CancelsAndEndsAtOnce()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", StillRunning).Stop(7, StopReason.AnotherDelivered);

        Assert.Equal(Stopped, await script.RunAsync());

        Assert.Equal(["submit 1", "read r1", "cancel r1"], script.Steps);
        Assert.Equal((7, 0), (script.Context.SecondsPassed, script.Context.OpenTimers));
    }

    [Fact]
    public async Task Run_AnotherDeliveredDuringTheSubmit_CancelsTheJobThatItMade()
    {
        var script = new AttemptScript().Submit(Accepted("r1"), seconds: 10).Stop(5, StopReason.AnotherDelivered);

        Assert.Equal(Stopped, await script.RunAsync());
        Assert.Equal(["submit 1", "cancel r1"], script.Steps);
    }

    [Fact]
    public async Task Run_BuyerCanceled_CancelsOnceAndFollowsOn()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Stop(1, StopReason.BuyerCanceled).Stop(2, StopReason.BuyerCanceled)
            .Job("r1", look => look < 4 ? StillRunning : Finished());

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Single(script.Steps, "cancel r1");
    }

    [Fact]
    public async Task Run_BuyerCanceledAndTheProviderStopsIt_IsStopped()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Stop(1, StopReason.BuyerCanceled)
            .Job("r1", look => look < 2 ? StillRunning : FailedThere(FailureClass.Cancelled));

        Assert.Equal(Stopped, await script.RunAsync());
    }

    [Fact]
    public async Task Run_BuyerCanceledAndTheProviderConfirms_EndsAtOnce()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Stop(1, StopReason.BuyerCanceled).ConfirmsCancelOf("r1");

        Assert.Equal(Stopped, await script.RunAsync());

        Assert.Equal(["submit 1", "cancel r1"], script.Steps);
        Assert.Equal(1, script.Context.SecondsPassed);
    }

    [Fact]
    public async Task Run_ProviderConfirmsOneOfTwo_TheOtherIsFollowedOn()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Accepted("r2")).Callback(121, 1, "r1").Stop(122, StopReason.BuyerCanceled)
            .ConfirmsCancelOf("r2").Job("r1", look => look < 2 ? StillRunning : Finished()).Job("r2", StillRunning);

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal("read r1", script.Steps.Last(s => s.StartsWith("read", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_BuyerCanceledThenAnotherDelivered_EndsAtOnce()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", StillRunning)
            .Stop(10, StopReason.BuyerCanceled).Stop(11, StopReason.AnotherDelivered);

        Assert.Equal(Stopped, await script.RunAsync());
        Assert.Equal(11, script.Context.SecondsPassed);
        Assert.Single(script.Steps, "cancel r1");
    }

    [Fact]
    public async Task Run_BothStopsInOneTurn_TheLastOneCounts()
    {
        var script = new AttemptScript().Submit(Accepted("r1"), seconds: 10)
            .Stop(5, StopReason.BuyerCanceled).Stop(6, StopReason.AnotherDelivered);

        Assert.Equal(Stopped, await script.RunAsync());
        Assert.Equal(10, script.Context.SecondsPassed);
    }

    [Fact]
    public async Task Run_BuyerCanceledAndDeadline_CancelsOnce()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", StillRunning).Stop(10, StopReason.BuyerCanceled);

        Assert.Equal(AttemptState.Failed, (await script.RunAsync()).State);
        Assert.Single(script.Steps, "cancel r1");
    }

    [Fact]
    public async Task Run_CancelBreaks_ChangesNothing()
    {
        var script = new AttemptScript().Submit(Ambiguous).Submit(Accepted("r2")).Callback(123, 1, "r1")
            .Job("r2", StillRunning).Job("r1", Finished());
        script.Context.Break(nameof(CancelAtProvider));

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Null(script.Context.Calls.Single(c => c.Name == nameof(CancelAtProvider)).Options);
    }

    [Fact]
    public async Task Run_ReadBreaks_TheAttemptBreaks()
    {
        var script = new AttemptScript().Submit(Accepted("r1"));
        script.Context.Break(nameof(ReadFromProvider));

        await Assert.ThrowsAsync<Microsoft.DurableTask.TaskFailedException>(script.RunAsync);
    }
}
