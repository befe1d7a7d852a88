using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

/// <summary>Waiting for a place at the account, and giving it back.</summary>
public sealed partial class ProviderAttemptOrchestratorTests
{
    private static AttemptScript Limited() => new() { Change = input => input with { Terms = input.Terms with { MaxConcurrent = 3 } } };

    private static SlotStep NotYet(double seconds) => new(false, seconds);

    [Fact]
    public async Task Run_AccountIsFull_AsksAgainUntilThereIsAPlace()
    {
        var script = Limited().Slot(NotYet(10), NotYet(5)).Submit(Accepted("r1")).Job("r1", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());

        Assert.Equal([0, 10, 15], script.Context.TimesOf(nameof(TakeProviderSlot)));
        Assert.Equal([15], script.Context.TimesOf(nameof(SubmitToProvider)));
        Assert.Equal(3, script.Context.InputsOf<TakeProviderSlotInput>(nameof(TakeProviderSlot))[0].MaxConcurrent);
        var counted = Assert.Single(script.Ends);
        Assert.Equal((AttemptState.Delivered, 5.0), (counted.State, counted.Seconds)); // without the wait
    }

    [Theory]
    [InlineData(StopReason.AnotherDelivered)]
    [InlineData(StopReason.BuyerCanceled)]
    public async Task Run_StoppedInTheQueue_LeavesItAndSendsNothing(StopReason reason)
    {
        var script = Limited().Slot([.. Enumerable.Repeat(NotYet(30), 9)]).Stop(40, reason);

        Assert.Equal(Stopped, await script.RunAsync());

        Assert.Empty(script.Steps);
        Assert.Equal((40, AttemptState.Stopped), (script.Context.SecondsPassed, Assert.Single(script.Ends).State));
    }

    [Fact]
    public async Task Run_QueueIsTooLong_EndsAtTheDeadline()
    {
        var script = Limited().Slot([.. Enumerable.Repeat(NotYet(30), 99)]);

        var failure = (await script.RunAsync()).Failure;
        // The provider is not blamed for the queue.
        Assert.Equal((FailureClass.ProviderTimeout, ProviderFailure.NotSent), (failure?.Class, failure?.Code));
        Assert.Equal((1200, 0), (script.Context.SecondsPassed, script.Context.OpenTimers));
    }

    [Fact]
    public async Task Run_AccountWentOutMeanwhile_FailsForTheNextLane()
    {
        var refused = new ProviderFailure(FailureClass.ProviderUnavailable, ProviderFailure.NotSent, "out");

        Assert.Equal(refused, (await new AttemptScript().Slot(new SlotStep(false, 0, refused)).RunAsync()).Failure);
    }

    /// <summary>The other lanes come first, and this one again after the pause. The pause is not told of as a new one.</summary>
    [Fact]
    public async Task Run_AccountAskedForAPause_IsTurnedAwayUntilThen()
    {
        var script = new AttemptScript().Slot(NotYet(90));

        var end = await script.RunAsync();

        Assert.Equal((FailureClass.RateLimited, 90.0, 0), (end.Failure?.Class, end.RetryAfterSeconds, (int)script.Context.SecondsPassed));
        Assert.Empty(script.Steps);
        Assert.Empty(script.Ends);
    }

    [Fact]
    public async Task Run_LimitedAccountAskedForALongPause_IsTurnedAwayUntilThen()
    {
        var paused = new ProviderFailure(FailureClass.RateLimited, ProviderFailure.NotSent, "pause") { RetryAfterSeconds = 3600 };

        var end = await Limited().Slot(new SlotStep(false, 0, paused)).RunAsync();

        Assert.Equal((FailureClass.RateLimited, 3600.0), (end.Failure?.Class, end.RetryAfterSeconds));
    }

    /// <summary>It was started before, and had to wait for its place: nobody is paid while the other submit's job may come back.</summary>
    [Fact]
    public async Task Run_AnotherLosesItsAnswerWhileThisOneQueues_SubmitsOnlyAfterThatWait()
    {
        var script = Limited().Slot(NotYet(10)).Submit(Accepted("r1")).Job("r1", Finished());
        script.Context.EventAt(5, JobEvents.Hold, new AttemptHold(1, script.Context.CurrentUtcDateTime.AddSeconds(125)));

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal([125], script.Context.TimesOf(nameof(SubmitToProvider)));
    }

    [Fact]
    public async Task Run_TheOtherLostJobComesBackWhileThisOneQueues_SubmitsAtOnce()
    {
        var script = Limited().Slot(NotYet(10)).Submit(Accepted("r1")).Job("r1", Finished());
        var start = script.Context.CurrentUtcDateTime;
        script.Context.EventAt(5, JobEvents.Hold, new AttemptHold(1, start.AddSeconds(125)));
        script.Context.EventAt(40, JobEvents.Hold, new AttemptHold(1, start.AddSeconds(40)));

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal([40], script.Context.TimesOf(nameof(SubmitToProvider)));
    }

    [Fact]
    public async Task Run_AccountAskedForAShortPause_IsWaitedFor()
    {
        var script = new AttemptScript().Slot(NotYet(10)).Submit(Accepted("r1")).Job("r1", Finished());

        Assert.Equal(Delivered(), await script.RunAsync());
        Assert.Equal([10], script.Context.TimesOf(nameof(SubmitToProvider)));
    }

    [Fact]
    public async Task Run_Failed_IsCountedWithItsReason()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", FailedThere(FailureClass.ProviderUnavailable));

        var end = await script.RunAsync();

        Assert.Equal(new EndAttemptInput(JobId, 0, "fal", "ovi/image-to-video", AttemptState.Failed, end.Failure, 5), Assert.Single(script.Ends));
    }

    [Fact]
    public async Task Run_ActivityBreaks_PlaceIsGivenBackAndNobodyIsBlamed()
    {
        var script = Limited();
        script.Context.Break(nameof(SubmitToProvider));

        await Assert.ThrowsAsync<Microsoft.DurableTask.TaskFailedException>(script.RunAsync);

        Assert.Equal((AttemptState.Failed, null), (Assert.Single(script.Ends).State, script.Ends[0].Failure));
    }

    [Fact]
    public async Task Run_CountingBreaks_VideoIsDelivered()
    {
        var script = new AttemptScript().Submit(Accepted("r1")).Job("r1", Finished());
        script.Context.Break(nameof(EndAttempt));

        Assert.Equal(Delivered(), await script.RunAsync());
    }
}
