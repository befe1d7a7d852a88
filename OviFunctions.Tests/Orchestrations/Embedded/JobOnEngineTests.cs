using OviFunctions.Activities;
using OviFunctions.Embedded.Engine;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations.Embedded;

/// <summary>The main ways of a job on the real engine, which replays all of it at every step and compares.</summary>
public sealed class JobOnEngineTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Job_PaidAfterAWhileAndDelivered_EndsWithBothWebhooks(bool twice)
    {
        await using var gateway = await new PlayedGateway(Options(twice))
        {
            Chain = at => at < 8 ? new PaymentProof(PaymentProofState.Undecided) : new PaymentProof(PaymentProofState.Paid, Transaction),
            Read = (_, at) => at < 60 ? StillRunning : Finished(),
        }.StartAsync(PaidJob());

        var status = await gateway.EndAsync();

        Assert.Equal((JobState.Succeeded, MoneyState.Settled, JobOutcome.Delivered), (status.State, status.Money, status.Outcome));
        Assert.Equal((Transaction, Video()), (status.Transaction, status.Video));
        Assert.Equal(["0-1"], gateway.Posts);
        Assert.Equal(["msg_job.running", "msg_job.succeeded"], gateway.Webhooks.Distinct());
        Assert.Equal(status.Video, (await gateway.Host.GetAsync(JobId)).ReadOutputAs<JobStatus>()!.Video);
    }

    [Fact]
    public async Task Job_UnpaidForGood_NoProviderIsAsked()
    {
        await using var gateway = await new PlayedGateway
        {
            Chain = at => new PaymentProof(at < 70 ? PaymentProofState.Undecided : PaymentProofState.UnpaidForGood),
        }.StartAsync(PaidJob());

        var status = await gateway.EndAsync();

        Assert.Equal((JobState.Failed, MoneyState.Unused, JobOutcome.Unpaid), (status.State, status.Money, status.Outcome));
        Assert.Equal(("payment_not_settled", "insufficient_funds"), (status.Error?.Code, status.Error?.Reason));
        Assert.Empty(gateway.Posts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Job_FailoverAfterALostSubmit_DeliversFromTheSecondLane(bool twice)
    {
        await using var gateway = await new PlayedGateway(Options(twice))
        {
            Provider = input => input.Lane == 0 ? Ambiguous : Accepted("r1.1"),
        }.StartAsync(PaidJob(Lane("a"), Lane("b")));

        var status = await gateway.EndAsync();

        Assert.Equal((JobState.Succeeded, Video(1)), (status.State, status.Video));
        Assert.Equal(["0-1", "0-2", "1-1"], gateway.Posts);
        Assert.Equal([FailureClass.AmbiguousSubmit, null], status.Attempts.Select(a => a.Failure));
    }

    [Fact]
    public async Task Job_LostSubmitIsFoundByItsCallback_IsDeliveredWithoutASecondOne()
    {
        await using var gateway = await new PlayedGateway { Provider = _ => Ambiguous }.StartAsync(PaidJob());
        await gateway.UntilAsync(() => gateway.Seconds > 30);

        await gateway.CallbackAsync(0, 1, "r0.1");

        Assert.Equal(JobState.Succeeded, (await gateway.EndAsync()).State);
        Assert.Equal(["0-1"], gateway.Posts);
        Assert.InRange(gateway.Seconds, 30, 60);
    }

    [Fact]
    public async Task Job_HedgeWins_LoserIsCancelledAndNothingKeepsTheJobRunning()
    {
        await using var gateway = await new PlayedGateway
        {
            Read = (id, _) => id == "r1.1" ? Finished() : StillRunning,
        }.StartAsync(PaidJob(Lane("a"), Lane("b", LaneStart.AfterDelay, 30)));
        await gateway.UntilAsync(async () => (await gateway.StatusAsync()).IsFinal);
        var wonAt = gateway.Seconds;

        // From here the clock stands still: a timer that was left would keep the instance running for ever.
        await gateway.Host.EndAsync(JobId);

        var status = await gateway.StatusAsync();
        Assert.Equal((JobState.Succeeded, Video(1)), (status.State, status.Video));
        Assert.Equal([AttemptState.Stopped, AttemptState.Delivered], status.Attempts.Select(a => a.State));
        Assert.Equal(["r0.1"], gateway.Canceled.Keys);
        Assert.Equal(wonAt, gateway.Seconds);
    }

    [Fact]
    public async Task Job_AnswerLostBeforeTheHedge_SecondProviderIsAskedOnlyWhenTheWaitHasPassed()
    {
        var asked = -1.0;
        await using var gateway = new PlayedGateway
        {
            Provider = input => input.Lane == 0 ? Ambiguous : Accepted("r1.1"),
        };
        gateway.Submitted = key => asked = key == "1-1" ? gateway.Seconds : asked;
        await gateway.StartAsync(PaidJob(Lane("a", cost: 0.20m), Lane("b", LaneStart.AfterDelay, 30)));

        var status = await gateway.EndAsync();

        Assert.Equal(["0-1", "1-1"], gateway.Posts);
        Assert.Equal([(AttemptState.Failed, FailureClass.AmbiguousSubmit), (AttemptState.Delivered, null)], status.Attempts.Select(a => (a.State, a.Failure)));
        Assert.True(asked >= 120, $"The second provider was asked after {asked} s.");
    }

    [Fact]
    public async Task Job_CallbackWinsAgainstThePollTimer_NoTimerKeepsItRunning()
    {
        var job = PaidJob(Lane("a"), Lane("b", LaneStart.AfterDelay, 900));
        await using var gateway = await new PlayedGateway().StartAsync(job with { Plan = job.Plan with { FirstPollSeconds = 600 } });
        await gateway.UntilAsync(() => gateway.Seconds > 10);

        await gateway.CallbackAsync(0, 1, "r0.1");
        await gateway.Host.EndAsync(JobId);

        Assert.InRange(gateway.Seconds, 10, 60);
        Assert.Equal(JobState.Succeeded, (await gateway.StatusAsync()).State);
    }

    [Fact]
    public async Task Job_CallbackAndPollTimerInOneTurn_IsReplayedTheSame()
    {
        var reads = 0;
        await using var gateway = await new PlayedGateway
        {
            Read = (_, _) => Interlocked.Increment(ref reads) < 4 ? StillRunning : Finished(),
        }.StartAsync(PaidJob());
        await gateway.UntilAsync(async () => (await gateway.StatusAsync()).State == JobState.Running && !gateway.Posts.IsEmpty);

        // While the attempt is suspended the poll's time comes and two callbacks arrive; then all of it is one turn.
        var attempt = JobIds.Attempt(JobId, 0);
        await gateway.Host.Client.SuspendInstanceAsync(attempt);
        await gateway.CallbackAsync(0, 1, "r0.1");
        gateway.Time.Advance(TimeSpan.FromSeconds(10));
        await gateway.CallbackAsync(0, 1, "r0.1");
        await gateway.Host.Client.ResumeInstanceAsync(attempt);

        Assert.Equal(JobState.Succeeded, (await gateway.EndAsync()).State);
        Assert.Equal(["0-1"], gateway.Posts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Job_BuyerCancels_ProviderIsAskedToStopAndMoneyIsDueBack(bool finishesAllTheSame)
    {
        await using var gateway = await new PlayedGateway
        {
            Read = (_, at) => at < 40 ? StillRunning : finishesAllTheSame ? Finished() : FailedThere(FailureClass.Cancelled),
        }.StartAsync(PaidJob(Lane("a"), Lane("b")));
        await gateway.UntilAsync(() => gateway.Seconds > 10);

        await gateway.RaiseAsync(JobId, JobEvents.Cancel, "cancel");

        var status = await gateway.EndAsync();
        Assert.Equal(
            finishesAllTheSame ? (JobState.Succeeded, JobOutcome.Delivered) : (JobState.Canceled, JobOutcome.RefundDue),
            (status.State, status.Outcome!.Value));
        Assert.Equal(["r0.1"], gateway.Canceled.Keys);
        Assert.Equal(["0-1"], gateway.Posts);
    }

    [Fact]
    public async Task Job_NobodyFinishesInTime_MoneyIsDueBackAndNoFailoverIsBought()
    {
        await using var gateway = await new PlayedGateway { Read = (_, _) => StillRunning }
            .StartAsync(Short(PaidJob(Lane("a"), Lane("b"))));

        var status = await gateway.EndAsync();

        Assert.Equal((JobState.Failed, JobOutcome.RefundDue, "provider_timeout"), (status.State, status.Outcome, status.Error?.Code));
        Assert.Equal(["0-1"], gateway.Posts);
        Assert.Equal(["r0.1"], gateway.Canceled.Keys);
        Assert.Equal(["msg_job.running", "msg_job.failed"], gateway.Webhooks);
    }

    [Fact]
    public async Task Job_EngineIsDownPastTheDeadline_FinishedVideoIsDelivered()
    {
        await using var file = new EngineFile();
        await using var gateway = await new PlayedGateway(file.Options)
        {
            Read = (_, at) => at < 100 ? StillRunning : Finished(),
        }.StartAsync(PaidJob(Lane("a"), Lane("b")));
        await gateway.UntilAsync(() => gateway.Seconds > 20);

        await gateway.Host.StopAsync();
        gateway.Time.Advance(TimeSpan.FromHours(3));
        await gateway.Host.StartAsync();

        var status = await gateway.EndAsync();
        Assert.Equal((JobState.Succeeded, Video(0)), (status.State, status.Video));
        Assert.Equal(["0-1"], gateway.Posts);
    }

    [Fact]
    public async Task Job_LaneStartsInTheTurnInWhichAnotherDelivers_IsStopped()
    {
        await using var gateway = await new PlayedGateway
        {
            Read = (id, at) => id == "r0.1" && at > 150 ? Finished() : StillRunning,
        }.StartAsync(PaidJob(Lane("a"), Lane("b", LaneStart.AfterDelay, 100)));
        await gateway.UntilAsync(() => !gateway.Posts.IsEmpty);

        // As after an outage: the second lane's time has come, and the first one's video is there.
        await gateway.Host.Client.SuspendInstanceAsync(JobId);
        await gateway.UntilAsync(async () => (await gateway.Host.Client.GetInstanceAsync(JobIds.Attempt(JobId, 0)))!.IsCompleted);
        await gateway.Host.Client.ResumeInstanceAsync(JobId);

        var status = await gateway.EndAsync();
        Assert.Equal([AttemptState.Delivered, AttemptState.Stopped], status.Attempts.Select(a => a.State));
        Assert.InRange(gateway.Seconds, 100, 300);
    }

    /// <summary>The same job with a deadline of two minutes.</summary>
    private static VideoJobInput Short(VideoJobInput job) => job with { Plan = job.Plan with { DeadlineSeconds = 120 } };

    private static EngineOptions Options(bool runActivitiesTwice) =>
        new() { TestSwitches = new EngineTestSwitches { RunActivitiesTwice = runActivitiesTwice } };
}
