using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Hosting;
using OviFunctions.Jobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

public sealed class JobReaderTests
{
    private static readonly VideoJobInput Job = JobSamples.PaidJob;

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();
    private readonly MemoryTaskClient _client = new();
    private readonly IHostApplicationLifetime _host = HostLifetime.Running();
    private readonly JobReader _reader;

    public JobReaderTests() => _reader = new JobReader(_records, _clock, _host);

    [Fact]
    public async Task ReadAsync_Instance_GivesInputAndStatus()
    {
        var status = new JobStatus { State = JobState.Running, Money = MoneyState.Settled, Transaction = JobSamples.Transaction };
        _client.Add(Job, status);

        var view = (await ReadAsync())!;

        Assert.Equal(Job.Payment, view.Input.Payment);
        Assert.Equal((JobState.Running, MoneyState.Settled, JobSamples.Transaction), (view.Status.State, view.Status.Money, view.Status.Transaction));
    }

    [Fact]
    public async Task ReadAsync_InstanceThatHasNotRunYet_IsQueued()
    {
        _client.Add(Job, status: null, OrchestrationRuntimeStatus.Pending);

        Assert.Equal(JobState.Queued, (await ReadAsync())!.Status.State);
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Failed)]
    [InlineData(OrchestrationRuntimeStatus.Terminated)]
    public async Task ReadAsync_BrokenInstance_IsFailedAndItsMoneyIsNotForgotten(OrchestrationRuntimeStatus runtime)
    {
        _client.Add(Job, new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight }, runtime);

        var status = (await ReadAsync())!.Status;

        Assert.Equal((JobState.Failed, MoneyState.InFlight, "internal_error"), (status.State, status.Money, status.Error!.Code));
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Terminated, 0)]
    [InlineData(OrchestrationRuntimeStatus.Running, 21)] // held, and given up
    public async Task ReadAsync_OutcomeThatTheSweeperRecorded_IsShown(OrchestrationRuntimeStatus runtime, int minutes)
    {
        _client.Add(Job, new JobStatus { State = JobState.Running, Money = MoneyState.Settled, StartedAt = _clock.GetUtcNow() }, runtime);
        var outcome = JobSamples.OutcomeOf(Job, JobOutcome.RefundDue, JobErrors.Internal, JobSamples.Transaction);
        await _records.TryCreateAsync(RecordNames.Outcome(Job.JobId), outcome, default);
        _clock.Advance(TimeSpan.FromMinutes(minutes));

        var status = (await ReadAsync())!.Status;

        Assert.Equal((JobState.Failed, JobOutcome.RefundDue, "internal_error"), (status.State, status.Outcome, status.Error!.Code));
        Assert.Equal((JobSamples.Transaction, outcome.At), (status.Transaction, status.CompletedAt));
    }

    [Fact]
    public async Task ReadAsync_VideoThatWasReleasedLater_IsDeliveredFromThenOn()
    {
        var locked = new JobStatus
        {
            State = JobState.Failed, Outcome = JobOutcome.Unpaid, Video = JobSamples.Video, Error = JobErrors.Locked, CompletedAt = JobSamples.CreatedAt,
        };
        _client.Add(Job, locked);
        var outcome = JobSamples.OutcomeOf(Job, JobOutcome.Delivered, transaction: JobSamples.Transaction);
        await _records.TryCreateAsync(RecordNames.Outcome(Job.JobId), outcome, default);

        var status = (await ReadAsync())!.Status;

        Assert.Equal((JobState.Succeeded, MoneyState.Settled, JobOutcome.Delivered), (status.State, status.Money, status.Outcome));
        Assert.Equal((JobSamples.Transaction, outcome.At, null), (status.Transaction, status.CompletedAt, status.Error));
    }

    [Theory]
    [InlineData(19, JobOutcome.RefundDue)] // the running job will say so itself
    [InlineData(21, JobOutcome.Delivered)]
    public async Task ReadAsync_RunningJobThatHasJustRecordedItsOutcome_IsRunning(int minutes, JobOutcome outcome)
    {
        _client.Add(Job, new JobStatus { State = JobState.Running, Money = MoneyState.Settled, StartedAt = _clock.GetUtcNow() });
        await _records.TryCreateAsync(RecordNames.Outcome(Job.JobId), JobSamples.OutcomeOf(Job, outcome), default);
        _clock.Advance(TimeSpan.FromMinutes(minutes));

        Assert.Equal(JobState.Running, (await ReadAsync())!.Status.State);
    }

    [Fact]
    public async Task ReadAsync_InstanceThatBrokeAfterItsEnd_KeepsItsResult()
    {
        _client.Add(Job, new JobStatus { State = JobState.Succeeded, Outcome = JobOutcome.Delivered }, OrchestrationRuntimeStatus.Failed);

        Assert.Equal(JobState.Succeeded, (await ReadAsync())!.Status.State);
    }

    [Fact]
    public async Task ReadAsync_NothingKnown_IsNull() => Assert.Null(await ReadAsync());

    [Fact]
    public async Task ReadAsync_ClaimOnly_IsQueued()
    {
        await ClaimAsync();

        var view = (await ReadAsync())!;

        Assert.Equal((JobState.Queued, MoneyState.Unused), (view.Status.State, view.Status.Money));
        Assert.Equal(Job.Request.Prompt, view.Input.Request.Prompt);
    }

    [Fact]
    public async Task ReadAsync_SupersededClaim_IsNoJob()
    {
        await _records.TryCreateAsync(RecordNames.Claim(Job.JobId), JobSamples.ClaimOf(Job) with { SupersededBy = "job_x" }, default);

        Assert.Null(await ReadAsync());
    }

    [Fact]
    public async Task ReadAsync_PurgedDeliveredJob_IsReadFromItsRecords()
    {
        await ClaimAsync();
        await OutcomeAsync(JobOutcome.Delivered, error: null, JobSamples.Transaction);

        var status = (await ReadAsync())!.Status;

        Assert.Equal(
            (JobState.Succeeded, MoneyState.Settled, JobSamples.Transaction, JobOutcome.Delivered, JobSamples.Video),
            (status.State, status.Money, status.Transaction, status.Outcome, status.Video));
        Assert.Equal(JobSamples.CreatedAt.AddMinutes(3), status.CompletedAt);
    }

    [Fact]
    public async Task ReadAsync_PurgedJobWhosePaymentFailed_IsUnused()
    {
        await ClaimAsync();
        await OutcomeAsync(JobOutcome.Unpaid, JobErrors.Unpaid("insufficient_funds"), transaction: null);

        var status = (await ReadAsync())!.Status;

        Assert.Equal((JobState.Failed, MoneyState.Unused, "insufficient_funds"), (status.State, status.Money, status.Error!.Reason));
    }

    [Theory]
    [InlineData(null, MoneyState.InFlight)]
    [InlineData(JobSamples.Transaction, MoneyState.Settled)]
    public async Task ReadAsync_PurgedJobWhoseMoneyIsDueBack_IsNeverUnused(string? transaction, MoneyState money)
    {
        // "Unused" would tell the buyer that nothing was charged, and to sign anew.
        await ClaimAsync();
        await OutcomeAsync(JobOutcome.RefundDue, JobErrors.Internal, transaction);

        Assert.Equal((JobState.Failed, money), ((await ReadAsync())!.Status.State, (await ReadAsync())!.Status.Money));
    }

    [Fact]
    public async Task ReadAsync_PurgedCancelledJob_IsStillCancelled()
    {
        await ClaimAsync();
        await OutcomeAsync(JobOutcome.Unpaid, JobErrors.Canceled, transaction: null);

        Assert.Equal(JobState.Canceled, (await ReadAsync())!.Status.State);
    }

    [Fact]
    public async Task WaitAsync_ConditionHoldsAlready_DoesNotWait()
    {
        _client.Add(Job, new JobStatus { State = JobState.Succeeded });

        var view = await WaitAsync(s => s.IsFinal, TimeSpan.FromSeconds(60));

        Assert.Equal(JobState.Succeeded, view!.Status.State);
        Assert.Equal(1, _client.Reads);
    }

    [Fact]
    public async Task WaitAsync_ConditionComesTrue_ReturnsThen()
    {
        _client.Add(Job, new JobStatus { State = JobState.Running });
        var waiting = WaitAsync(s => s.IsFinal, TimeSpan.FromSeconds(60));
        await _clock.WaiterAsync();

        _client.Set(Job.JobId, new JobStatus { State = JobState.Succeeded });

        Assert.Equal(JobState.Succeeded, (await _clock.RunAsync(waiting, TimeSpan.FromMilliseconds(50)))!.Status.State);
        Assert.Equal(2, _client.Reads);
    }

    [Fact]
    public async Task WaitAsync_ConditionNeverComesTrue_ReturnsTheJobAsItStands()
    {
        _client.Add(Job, new JobStatus { State = JobState.Running });
        var started = _clock.GetUtcNow();

        var view = await _clock.RunAsync(WaitAsync(s => s.IsFinal, TimeSpan.FromSeconds(10)), TimeSpan.FromMilliseconds(50));

        Assert.Equal(JobState.Running, view!.Status.State);
        Assert.InRange((_clock.GetUtcNow() - started).TotalSeconds, 10, 11);
        Assert.InRange(_client.Reads, 12, 25); // 50 ms growing to 1 s
    }

    [Fact]
    public async Task WaitAsync_NoTime_ReadsOnce()
    {
        _client.Add(Job, new JobStatus { State = JobState.Running });

        Assert.Equal(JobState.Running, (await WaitAsync(s => s.IsFinal, TimeSpan.Zero))!.Status.State);
        Assert.Equal(1, _client.Reads);
    }

    [Fact]
    public async Task WaitAsync_NoSuchJob_IsNullAtOnce() => Assert.Null(await WaitAsync(s => s.IsFinal, TimeSpan.FromSeconds(60)));

    [Fact]
    public async Task WaitAsync_CallerLeaves_Ends()
    {
        _client.Add(Job, new JobStatus { State = JobState.Running });
        using var left = new CancellationTokenSource();
        var waiting = _reader.WaitAsync(_client, Job.JobId, s => s.IsFinal, TimeSpan.FromSeconds(60), left.Token);

        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task WaitAsync_HostStops_ReturnsTheJobAsItStands()
    {
        _client.Add(Job, new JobStatus { State = JobState.PaymentPending });
        var waiting = WaitAsync(s => s.IsFinal, TimeSpan.FromSeconds(60));
        await _clock.WaiterAsync();

        _host.StopApplication();

        Assert.Equal(JobState.PaymentPending, (await waiting)!.Status.State);
    }

    private Task<JobView?> ReadAsync() => _reader.ReadAsync(_client, Job.JobId, default);

    private Task<JobView?> WaitAsync(Func<JobStatus, bool> until, TimeSpan longest) => _reader.WaitAsync(_client, Job.JobId, until, longest, default);

    private Task ClaimAsync() => _records.TryCreateAsync(RecordNames.Claim(Job.JobId), JobSamples.ClaimOf(Job), default);

    private Task OutcomeAsync(JobOutcome outcome, JobError? error, string? transaction) =>
        _records.TryCreateAsync(RecordNames.Outcome(Job.JobId), JobSamples.OutcomeOf(Job, outcome, error, transaction), default);
}
