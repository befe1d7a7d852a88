using Microsoft.DurableTask.Client;
using OviFunctions.Activities;
using OviFunctions.Functions;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Refunds;
using OviFunctions.Secrets;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Payments.Chain;
using OviFunctions.Tests.Secrets;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

/// <summary>Every claimed payment is followed until its money is decided, whatever became of its job.</summary>
public sealed partial class MoneySweepTests
{
    private const ulong Claimed = 10;
    private const ulong PaidIn = 50;

    private static readonly Bytes32 Tx = ScriptedNode.Transaction(PaidIn, 1);
    private static readonly VideoJobInput Job = JobOf(1);

    private readonly ManualTimeProvider _clock = new(JobSamples.CreatedAt);
    private readonly MemoryTaskClient _client = new();
    private readonly LogSink<MoneySweep> _log = new();
    private readonly ScriptedNode _node = new();
    private readonly MemoryRecordStore _records;
    private readonly MoneySweep _sweep;

    public MoneySweepTests()
    {
        _records = new MemoryRecordStore(_clock);
        _sweep = NewSweep();
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Terminated)]
    [InlineData(OrchestrationRuntimeStatus.Failed)]
    [InlineData(OrchestrationRuntimeStatus.Completed)] // and its outcome is lost
    public async Task Run_OrchestrationDiedAfterTheMoneyMoved_IsRefunded(OrchestrationRuntimeStatus runtime)
    {
        await ClaimAsync();
        _client.Add(Job, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight }, runtime);
        Settle();

        await RunAsync(119);
        Assert.Null(await RefundAsync()); // its request may still be at it
        await RunAsync(1);

        var outcome = (await OutcomeAsync())!;
        Assert.Equal((JobOutcome.RefundDue, Tx.ToString(), 420_000L), (outcome.Outcome, outcome.Transaction, outcome.AmountAtomic));
        Assert.Equal(Job.Payment!.Authorization.Transfer.From.ToString(), outcome.Payer);
        Assert.Equal(JobErrors.Internal, outcome.Error);
        Assert.Equal(ExpectedRefund(RefundReason.OurFault), await RefundAsync());
        Assert.True(IsFollowed());
        Assert.Contains(_log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains(Job.JobId, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_OrchestrationDiedAndNothingWasPaid_EndsUnpaidWhenItNoLongerCanBe()
    {
        await ClaimAsync();
        _client.Add(Job, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight }, OrchestrationRuntimeStatus.Terminated);
        (_node.Head, _node.Safe) = (100, 79);

        await RunAsync(120);
        Assert.Null(await OutcomeAsync()); // the safe block is not past its end: it may still come
        Assert.True(IsFollowed());

        _node.Safe = 80;
        await RunAsync(60);

        Assert.Equal((JobOutcome.Unpaid, "payment_not_settled"), ((await OutcomeAsync())!.Outcome, (await OutcomeAsync())!.Error!.Code));
        Assert.Null(await RefundAsync());
        Assert.False(IsFollowed());
    }

    [Fact]
    public async Task Run_MoneyIsNotInASafeBlockYet_IsNotDecided()
    {
        await ClaimAsync();
        _client.Add(Job, null, OrchestrationRuntimeStatus.Terminated);
        Settle();
        _node.Safe = PaidIn - 1;

        await RunAsync(120);
        Assert.Null(await OutcomeAsync());

        _node.Safe = PaidIn;
        await RunAsync(60);
        Assert.NotNull(await RefundAsync());
    }

    [Fact]
    public async Task Run_JobThatEndedItselfMeanwhile_ItsOutcomeStands()
    {
        await ClaimAsync();
        _client.Add(Job, null, OrchestrationRuntimeStatus.Terminated);
        Settle();
        var delivered = JobSamples.OutcomeOf(Job, JobOutcome.Delivered, transaction: Tx.ToString());
        _records.Before = (call, name) => call == RecordCall.Create && name == RecordNames.Outcome(Job.JobId)
            ? Interlude(() => _records.TryCreateAsync(name, delivered, default))
            : Task.CompletedTask;

        await RunAsync(120);

        Assert.Equal(JobOutcome.Delivered, (await OutcomeAsync())!.Outcome);
        Assert.Null(await RefundAsync());
        Assert.False(IsFollowed());
    }

    [Fact]
    public async Task Run_EngineHasForgottenTheJob_WaitsForItsDeadline()
    {
        // Its database may be put back, as after a start with a wrong setting.
        await ClaimAsync();
        Settle();

        await RunAsync((30 * 60) - 1);
        Assert.Null(await OutcomeAsync());
        await RunAsync(450);

        Assert.Equal(JobOutcome.RefundDue, (await OutcomeAsync())!.Outcome);
        Assert.Equal(ExpectedRefund(RefundReason.OurFault), await RefundAsync());
    }

    [Fact]
    public async Task Run_ClaimThatIsNotStartedYet_BelongsToTheOtherSweeper()
    {
        await ClaimAsync();
        await _records.TryCreateAsync(RecordNames.OpenClaim(Job.JobId), new AliasRecord(Job.JobId), default);
        Settle();

        await RunAsync(7200);

        Assert.Null(await OutcomeAsync());
        Assert.True(IsFollowed());
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Running)] // also when the engine holds it
    [InlineData(OrchestrationRuntimeStatus.Suspended)]
    public async Task Run_RunningPastItsDeadline_IsRefundedOnlyAfterTimeToEndByItself(OrchestrationRuntimeStatus runtime)
    {
        await ClaimAsync();
        _client.Add(Job, Running(JobSamples.CreatedAt.AddMinutes(1)), runtime);
        Settle();

        await RunAsync((21 * 60) - 1);
        await RunAsync(3 * 60); // seen to be late
        await RunAsync(9 * 60);
        Assert.Null(await OutcomeAsync());
        await RunAsync(5 * 60);

        Assert.Equal(JobOutcome.RefundDue, (await OutcomeAsync())!.Outcome);
        Assert.NotNull(await RefundAsync());
    }

    /// <summary>Its video came at the deadline, and every ffmpeg process is busy.</summary>
    [Fact]
    public async Task Run_VideoWaitsToBeFinishedPastTheDeadline_IsNotGivenUp()
    {
        var plan = Job.Plan with { FinishMedia = true };
        await ClaimAsync();
        _client.Add(Job with { Plan = plan }, Running(JobSamples.CreatedAt.AddMinutes(1)));
        Settle();

        await RunAsync(22 * 60);
        await RunAsync(13 * 60);
        Assert.Null(await OutcomeAsync());
        await RunAsync(5 * 60); // seen to be late
        await RunAsync(11 * 60);

        Assert.Equal(JobOutcome.RefundDue, (await OutcomeAsync())!.Outcome);
    }

    [Fact]
    public async Task Run_AfterALongDowntime_LateJobsGetTimeToEndByThemselves()
    {
        await ClaimAsync();
        _client.Add(Job, Running(JobSamples.CreatedAt.AddMinutes(1)));
        Settle();

        await RunAsync(24 * 3600);

        Assert.Null(await OutcomeAsync());
    }

    [Fact]
    public async Task Run_SettlementThatTakesHours_IsLeftToTheOrchestration()
    {
        await ClaimAsync();
        _client.Add(Job, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight });
        Settle();

        await RunAsync(15 * 3600);
        await RunAsync(3600);

        Assert.Null(await OutcomeAsync());
    }

    [Fact]
    public async Task Run_RunningJob_CostsNoRecordsAndNoChain()
    {
        await ClaimAsync();
        _client.Add(Job, Running(JobSamples.CreatedAt));
        _records.Before = (_, name) => throw new InvalidOperationException($"{name} was asked for.");

        await RunAsync(600);

        Assert.Empty(_node.Http.Sent);
        Assert.Empty(_log.Lines);
        Assert.Equal(1, _client.Reads);
    }

    [Fact]
    public async Task Run_RunningJob_IsLookedAtLessOften_TheOlderItIs()
    {
        await ClaimAsync();
        _client.Add(Job, Running(JobSamples.CreatedAt));

        for (var minute = 1; minute <= 20; minute++) await RunAsync(60);

        Assert.InRange(_client.Reads, 10, 14);
    }

    [Theory]
    [InlineData("provider", "canceled", RefundReason.Canceled)]
    [InlineData("provider", "content_policy", RefundReason.ContentPolicy)]
    [InlineData("provider", "invalid_input", RefundReason.InvalidInput)]
    [InlineData("provider", "provider_timeout", RefundReason.NotDelivered)]
    [InlineData("internal", "internal_error", RefundReason.OurFault)]
    public async Task Run_RefundThatNobodyStarted_IsStarted(string stage, string code, RefundReason reason)
    {
        await EndAsync(JobOutcome.RefundDue, new JobError(stage, code, ""));

        await RunAsync(120);
        await RunAsync(60);

        Assert.Equal(ExpectedRefund(reason), await RefundAsync());
        Assert.Empty(_node.Http.Sent); // the refund proves it itself
        Assert.True(IsFollowed()); // until it is paid
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Failed, true)]
    [InlineData(OrchestrationRuntimeStatus.Terminated, true)]
    [InlineData(OrchestrationRuntimeStatus.Running, false)]
    [InlineData(OrchestrationRuntimeStatus.Completed, false)]
    public async Task Run_RefundThatDied_BeginsAnew(OrchestrationRuntimeStatus runtime, bool anew)
    {
        await EndAsync(JobOutcome.RefundDue, JobErrors.Internal);
        await RunAsync(120);
        _client.Set(JobIds.Refund(Job.JobId), status: null, runtime);

        await RunAsync(60);

        Assert.Equal(anew ? OrchestrationRuntimeStatus.Pending : runtime, (await _client.GetInstanceAsync(JobIds.Refund(Job.JobId)))!.RuntimeStatus);
        Assert.Equal(ExpectedRefund(RefundReason.OurFault), await RefundAsync());
    }

    [Fact]
    public async Task Run_DeliveredButMarked_OnlyTakesTheMarkerAway()
    {
        await EndAsync(JobOutcome.Delivered, null);

        await RunAsync(120);

        Assert.False(IsFollowed());
        Assert.Null(await RefundAsync());
        Assert.Empty(_node.Http.Sent);
    }

    [Fact]
    public async Task Run_NodeIsDown_DecidesNothing()
    {
        await ClaimAsync();
        _client.Add(Job, null, OrchestrationRuntimeStatus.Terminated);
        _node.Fault = (_, _) => (System.Net.HttpStatusCode.BadGateway, "");

        await RunAsync(3600);
        Assert.Null(await OutcomeAsync());
        Assert.True(IsFollowed());
    }

    [Fact]
    public async Task Run_OnePaymentThatCannotBeFollowed_DoesNotKeepTheOthersFromIt()
    {
        string[] ids = [.. Enumerable.Range(1, 30).Select(n => JobOf((byte)n).JobId).Order(StringComparer.Ordinal)];
        foreach (var n in Enumerable.Range(1, 30)) await EndAsync(JobOutcome.RefundDue, JobErrors.Internal, JobOf((byte)n));
        _records.Before = (call, name) => name == RecordNames.Claim(ids[0]) ? throw new System.Text.Json.JsonException("broken") : Task.CompletedTask;

        await RunAsync(120);

        Assert.Equal(ids.Skip(1).Select(JobIds.Refund), _client.InstanceIds.Where(id => id.StartsWith("refund_", StringComparison.Ordinal)));
        Assert.Contains(_log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains(ids[0], StringComparison.Ordinal));

        _records.Before = null;
        await RunAsync(60);
        Assert.Contains(JobIds.Refund(ids[0]), _client.InstanceIds);
    }

    [Fact]
    public async Task Run_NewProcess_LooksAtEverythingOnce()
    {
        await ClaimAsync();
        _client.Add(Job, Running(JobSamples.CreatedAt));
        await RunAsync(600);

        await NewSweep().RunAsync(_client, default);

        Assert.Equal(2, _client.Reads);
    }

    [Fact]
    public async Task Run_HostStops_Ends()
    {
        await ClaimAsync();
        _clock.Advance(TimeSpan.FromMinutes(3));
        using var stopping = new CancellationTokenSource();
        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new SweepMoneyFunction(_sweep).RunAsync(new(), _client, stopping.Token));
    }

    /// <summary>A job whose authorization ends with block 80.</summary>
    private static VideoJobInput JobOf(byte nonce)
    {
        var job = JobSamples.PaidJobOf(nonce);
        var signed = Samples.Buyer.Sign(
            job.Payment!.Authorization.Transfer with { ValidBefore = ScriptedNode.TimeOf(80) }, EvmNetwork.Base.UsdcDomain);
        return job with { Payment = job.Payment with { Authorization = signed, ClaimBlock = Claimed } };
    }

    private static JobStatus Running(DateTimeOffset since) =>
        new() { State = JobState.Running, Money = MoneyState.Settled, Transaction = Tx.ToString(), StartedAt = since };

    private static RefundInput ExpectedRefund(RefundReason reason) => new()
    {
        JobId = Job.JobId,
        Network = EvmNetwork.Base,
        Incoming = Job.Payment!.Authorization.Transfer,
        AfterBlock = Claimed,
        AmountAtomic = 420_000,
        Reason = reason,
    };

    private MoneySweep NewSweep() => new(
        _records, OutcomeRecording.Over(_records, _clock), OutcomeRecording.OfBatches(_records, _clock), OutcomeRecording.BatchReader(_records, _clock), new JobReader(_records, _clock, HostLifetime.Running()),
        new JobResources(TestSettings.Read(), new JobSecrets(KeyRingTests.Of("k1")), _clock), new Lazy<SettlementProof>(() => new SettlementProof(_node.Reader)), _clock, _log);

    private Task ClaimAsync() => ClaimAsync(JobSamples.ClaimOf(Job));

    private async Task ClaimAsync(Claim claim)
    {
        await _records.TryCreateAsync(RecordNames.Claim(claim.Input.JobId), claim, default);
        await _records.TryCreateAsync(RecordNames.Unsettled(claim.Input.JobId), new AliasRecord(claim.Input.JobId), default);
    }

    /// <summary>The job ran to an end, and its orchestration with it.</summary>
    private async Task EndAsync(JobOutcome outcome, JobError? error, VideoJobInput? job = null)
    {
        job ??= Job;
        await ClaimAsync(JobSamples.ClaimOf(job));
        await _records.TryCreateAsync(RecordNames.Outcome(job.JobId), JobSamples.OutcomeOf(job, outcome, error), default);
        _client.Add(job, null, OrchestrationRuntimeStatus.Completed);
    }

    private void Settle()
    {
        _node.Settle(PaidIn, 4, Tx, Job.Payment!.Authorization.Transfer);
        _node.Safe = 90;
    }

    private Task RunAsync(int secondsLater)
    {
        _clock.Advance(TimeSpan.FromSeconds(secondsLater));
        return _sweep.RunAsync(_client, default);
    }

    /// <summary>Does something in the middle of a call, once.</summary>
    private Task Interlude(Func<Task> act)
    {
        _records.Before = null;
        return act();
    }

    private bool IsFollowed() => _records.Names.Contains(RecordNames.Unsettled(Job.JobId));

    private async Task<OutcomeRecord?> OutcomeAsync() => (await _records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(Job.JobId), default))?.Value;

    private async Task<RefundInput?> RefundAsync() =>
        (await _client.GetInstanceAsync(JobIds.Refund(Job.JobId), getInputsAndOutputs: true))?.ReadInputAs<RefundInput>();
}
