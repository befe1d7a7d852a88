using OviFunctions.Activities;
using OviFunctions.Jobs;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations.Embedded;

/// <summary>
/// A job whose engine is stopped again and again, in a SQLite file. Whenever an activity has done its work and not yet
/// said so, the engine goes down; the next one replays the history and has to come to the same point.
/// </summary>
public sealed class JobRestartTests
{
    [Fact]
    public async Task Job_EngineStopsInEveryActivity_IsDeliveredAndNothingIsBoughtTwice()
    {
        await using var file = new EngineFile();
        await using var gateway = await new PlayedGateway(file.Options)
        {
            HangOnce = true,
            Chain = at => new PaymentProof(at < 3 ? PaymentProofState.Undecided : PaymentProofState.Paid, Transaction),
            Provider = input => input.Lane == 0 ? Rejected() : Accepted($"r{input.Lane}.1"),
            Read = (id, at) => at > 60 && id == "r1.1" ? Finished() : StillRunning,
        }.StartAsync(PaidJob(Lane("a"), Lane("b"), Lane("c", LaneStart.AfterDelay, 30)));

        var restarts = await RestartUntilEndAsync(gateway);

        var status = await gateway.EndAsync();
        Assert.Equal((JobState.Succeeded, JobOutcome.Delivered, Video(1)), (status.State, status.Outcome, status.Video));
        Assert.Equal([AttemptState.Failed, AttemptState.Delivered, AttemptState.Stopped], status.Attempts.Select(a => a.State));
        Assert.Equal(["0-1", "1-1", "2-1"], gateway.Posts);
        Assert.Equal(["r2.1"], gateway.Canceled.Keys);
        Assert.Equal(["msg_job.running", "msg_job.succeeded"], gateway.Webhooks.Distinct().Order());
        Assert.InRange(restarts, 10, 40);
    }

    [Fact]
    public async Task Job_EngineStopsInEveryActivityOfAFailingJob_OneOutcomeIsRecorded()
    {
        await using var file = new EngineFile();
        await using var gateway = await new PlayedGateway(file.Options)
        {
            HangOnce = true,
            Provider = input => input.Submit == 1 ? Ambiguous : Accepted("r0.2"),
            Read = (_, at) => at > 200 ? FailedThere() : StillRunning,
        }.StartAsync(PaidJob());

        await RestartUntilEndAsync(gateway);

        var status = await gateway.EndAsync();
        Assert.Equal((JobState.Failed, JobOutcome.RefundDue, "content_policy"), (status.State, status.Outcome, status.Error?.Code));
        Assert.Equal((JobOutcome.RefundDue, Transaction), (gateway.Outcome.Outcome, gateway.Outcome.Transaction));
        Assert.Equal(["0-1", "0-2"], gateway.Posts);
    }

    [Fact]
    public async Task Job_EngineStopsWhileItWaits_GoesOnFromThere()
    {
        await using var file = new EngineFile();
        await using var gateway = await new PlayedGateway(file.Options)
        {
            Chain = at => new PaymentProof(at < 40 ? PaymentProofState.Undecided : PaymentProofState.Paid, Transaction),
            Read = (_, at) => at < 150 ? StillRunning : Finished(),
        }.StartAsync(PaidJob(Lane("a"), Lane("b", LaneStart.AfterDelay, 60)));

        for (var stop = 10; stop < 150; stop += 20)
        {
            await gateway.UntilAsync(() => gateway.Seconds >= stop);
            await gateway.RestartAsync();
        }

        Assert.Equal(JobState.Succeeded, (await gateway.EndAsync()).State);
        Assert.Equal(["0-1", "1-1"], gateway.Posts);
    }

    private static async Task<int> RestartUntilEndAsync(PlayedGateway gateway)
    {
        for (var restarts = 0; ; restarts++)
        {
            await gateway.UntilAsync(async () => gateway.Hanging > 0 || (await gateway.InstancesAsync()).All(i => i.IsCompleted));
            if (gateway.Hanging == 0) return restarts;
            await gateway.RestartAsync();
        }
    }
}
