using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

/// <summary>Jobs that are settled when their video is there, and the release of one whose payment failed.</summary>
public sealed class OnDeliveryOrchestrationTests
{
    private static readonly PaymentProof NeverPaid = new(PaymentProofState.UnpaidForGood);

    [Fact]
    public async Task Run_OnDelivery_IsSettledAfterTheVideoIsStoredAndBeforeItIsReleased()
    {
        var script = NewScript();

        var status = await script.RunAsync();

        Assert.Equal(
            [
                "PrepareImage", "job.running", "ProviderAttemptOrchestrator", "SettlePayment", "CheckPayment", "record Delivered", "CloseDelivery",
                "job.succeeded",
            ],
            script.Steps);
        Assert.Equal((JobState.Succeeded, MoneyState.Settled, Transaction, Video()), (status.State, status.Money, status.Transaction, status.Video));
        Assert.Contains(script.Statuses, s => s is { State: JobState.Running, Money: MoneyState.OnDelivery });
        Assert.False(Assert.Single(script.Context.InputsOf<CloseDeliveryInput>(nameof(CloseDelivery))).IsOwed);
    }

    [Fact]
    public async Task Run_OnDeliveryAndThePaymentFails_EndsUnpaidWithTheVideoLocked()
    {
        var script = NewScript().Chain(_ => NeverPaid);

        var status = await script.RunAsync();

        Assert.Equal(["record Unpaid", "CloseDelivery", "job.failed"], script.Steps.TakeLast(3));
        Assert.Equal((JobState.Failed, MoneyState.Unused, JobOutcome.Unpaid, JobErrors.Locked), (status.State, status.Money, status.Outcome, status.Error));
        Assert.Equal(Video(), Assert.Single(script.Context.InputsOf<OutcomeRecord>(nameof(RecordOutcome))).Video);
        Assert.DoesNotContain(nameof(DiscardVideo), script.Steps);
        Assert.True(Assert.Single(script.Context.InputsOf<CloseDeliveryInput>(nameof(CloseDelivery))).IsOwed);
    }

    [Fact]
    public async Task Run_OnDeliveryAndNobodyDelivers_NothingIsSettledOrRefunded()
    {
        var script = NewScript().Attempts(_ => Failed(FailureClass.ProviderUnavailable));

        var status = await script.RunAsync();

        Assert.DoesNotContain(nameof(SettlePayment), script.Steps);
        Assert.DoesNotContain(nameof(StartRefund), script.Steps);
        Assert.Equal((JobState.Failed, MoneyState.Unused, JobOutcome.Unpaid, null), (status.State, status.Money, status.Outcome, status.Video));
        Assert.False(Assert.Single(script.Context.InputsOf<CloseDeliveryInput>(nameof(CloseDelivery))).IsOwed);
    }

    [Fact]
    public async Task Run_OnDeliveryAndTheChainNeverSays_MoneyThatMayHaveMovedIsDueBack()
    {
        var script = NewScript().Chain(_ => new PaymentProof(PaymentProofState.Undecided));

        var status = await script.RunAsync();

        Assert.Equal((JobState.Failed, JobOutcome.RefundDue), (status.State, status.Outcome));
        Assert.Contains(nameof(StartRefund), script.Steps);
    }

    [Fact]
    public async Task Run_Unlock_PaysAndReleasesWithoutAProvider()
    {
        var script = NewUnlock(Video());

        var status = await script.RunAsync();

        Assert.Equal(["SettlePayment", "CheckPayment", "FindLockedVideo", "record Delivered", "job.succeeded", "ReleaseVideo"], script.Steps);
        Assert.Equal((JobState.Succeeded, Video()), (status.State, status.Video));
        var release = Assert.Single(script.Context.InputsOf<ReleaseVideoInput>(nameof(ReleaseVideo)));
        Assert.Equal(new ReleaseVideoInput("job_locked", Payment.Authorization.Transfer.From, Transaction), release);
    }

    [Fact]
    public async Task Run_UnlockThatIsNotPaid_ReleasesNothing()
    {
        var script = NewUnlock(Video()).Chain(_ => NeverPaid);

        Assert.Equal(JobOutcome.Unpaid, (await script.RunAsync()).Outcome);

        Assert.DoesNotContain(nameof(ReleaseVideo), script.Steps);
    }

    [Fact]
    public async Task Run_UnlockOfNothing_IsRefunded()
    {
        var script = NewUnlock(video: null);

        Assert.Equal(JobOutcome.RefundDue, (await script.RunAsync()).Outcome);

        Assert.Contains(nameof(StartRefund), script.Steps);
        Assert.DoesNotContain(nameof(ReleaseVideo), script.Steps);
    }

    [Fact]
    public async Task Run_UnlockThatWasGivenUpBeforeItEnded_LeavesTheLockedVideoWhereItIs()
    {
        var script = NewUnlock(Video());
        script.Recorded(new OutcomeRecord(script.Job.JobId, JobOutcome.RefundDue, default, null, JobErrors.Internal, null, 0, Transaction));

        Assert.Equal(JobState.Failed, (await script.RunAsync()).State);

        Assert.DoesNotContain(nameof(DiscardVideo), script.Steps);
        Assert.DoesNotContain(nameof(ReleaseVideo), script.Steps);
    }

    private static JobScript NewScript()
    {
        var job = PaidJob();
        return new JobScript(job with { Plan = job.Plan with { SettleOnDelivery = true } })
            .With(c => c.On<CloseDeliveryInput, bool>(nameof(CloseDelivery), _ => true));
    }

    private static JobScript NewUnlock(VideoAsset? video) => new JobScript(PaidJob() with { Unlocks = "job_locked" })
        .With(c => c.On<string, VideoAsset?>(nameof(FindLockedVideo), _ => video))
        .With(c => c.On<ReleaseVideoInput, bool>(nameof(ReleaseVideo), _ => true));
}
