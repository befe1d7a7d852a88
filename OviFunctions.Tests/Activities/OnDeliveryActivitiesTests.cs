using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.OnDelivery;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Activities;

/// <summary>What is recorded about videos that were made before they were paid.</summary>
public sealed class OnDeliveryActivitiesTests
{
    private static readonly VideoJobInput Job = JobSamples.PaidJob;

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();

    private Debtors Debtors => new(_records, _clock);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CloseDelivery_EndedJob_FreesItsValueAndRemembersWhoOwes(bool isOwed)
    {
        var exposure = new Exposure(_records, _clock);
        var open = new OpenDelivery(Job.JobId, "0xabc", 420_000, _clock.GetUtcNow().AddHours(1));
        Assert.True(await exposure.TryAddAsync(open, 420_000, 420_000, default));

        await ActivityBench.TwiceAsync(async () =>
        {
            await new CloseDelivery(new Exposure(_records, _clock), Debtors).Run(new(Job.JobId, Samples.Buyer.Address, isOwed), default);
            return true;
        });

        Assert.True(await exposure.TryAddAsync(open with { JobId = "job_next" }, 420_000, 420_000, default));
        Assert.Equal(isOwed, await Debtors.OwesAsync(Samples.Buyer.Address, default));
    }

    [Fact]
    public async Task ReleaseVideo_LockedJob_IsDeliveredAndNoDebtAnyMore()
    {
        await LockAsync();
        Assert.Equal(JobSamples.Video, await new FindLockedVideo(_records).Run(Job.JobId, default));
        _clock.Advance(TimeSpan.FromDays(40));
        var released = _clock.GetUtcNow();

        await ActivityBench.TwiceAsync(async () =>
        {
            await new ReleaseVideo(_records, Debtors, _clock).Run(new(Job.JobId, Samples.Buyer.Address, JobSamples.Transaction), default);
            return true;
        });

        var outcome = (await _records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(Job.JobId), default))!.Value;
        Assert.Equal((JobOutcome.Delivered, JobSamples.Transaction, JobSamples.Video, null), (outcome.Outcome, outcome.Transaction, outcome.Video, outcome.Error));
        Assert.Equal(released, outcome.At);
        Assert.False(await Debtors.OwesAsync(Samples.Buyer.Address, default));
        Assert.Null(await new FindLockedVideo(_records).Run(Job.JobId, default));
    }

    [Theory]
    [InlineData(JobOutcome.RefundDue)]
    [InlineData(JobOutcome.Unpaid)] // without a video
    public async Task ReleaseVideo_JobThatIsNotLocked_StaysAsItIs(JobOutcome outcome)
    {
        var record = JobSamples.OutcomeOf(Job, outcome, JobErrors.Internal);
        await _records.TryCreateAsync(RecordNames.Outcome(Job.JobId), record, default);

        await new ReleaseVideo(_records, Debtors, _clock).Run(new(Job.JobId, Samples.Buyer.Address, JobSamples.Transaction), default);

        Assert.Equal(record, (await _records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(Job.JobId), default))!.Value);
        Assert.Null(await new FindLockedVideo(_records).Run(Job.JobId, default));
    }

    private async Task LockAsync()
    {
        await _records.TryCreateAsync(
            RecordNames.Outcome(Job.JobId), JobSamples.OutcomeOf(Job, JobOutcome.Unpaid, JobErrors.Locked) with { Video = JobSamples.Video }, default);
        await Debtors.AddAsync(Samples.Buyer.Address, Job.JobId, default);
    }
}
