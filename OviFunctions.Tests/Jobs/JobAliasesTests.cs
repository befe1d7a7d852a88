using OviFunctions.Jobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

public sealed class JobAliasesTests
{
    private readonly MemoryRecordStore _records = new();
    private readonly JobAliases _aliases;

    public JobAliasesTests() => _aliases = new JobAliases(_records);

    [Fact]
    public async Task TakeAsync_FreeAlias_IsTheJobs()
    {
        Assert.Null(await _aliases.FindAsync("k", default));

        Assert.Equal("job_a", await _aliases.TakeAsync("k", "job_a", default));
        Assert.Equal("job_a", await _aliases.TakeAsync("k", "job_a", default));
        Assert.Equal("job_a", await _aliases.FindAsync("k", default));
    }

    [Fact]
    public async Task TakeAsync_AliasOfAnotherJob_StaysItsOwn()
    {
        await _aliases.TakeAsync("k", "job_a", default);

        Assert.Equal("job_a", await _aliases.TakeAsync("k", "job_b", default));
        Assert.Equal("job_a", await _aliases.FindAsync("k", default));
    }

    [Theory]
    [InlineData(JobOutcome.Delivered)]
    [InlineData(JobOutcome.RefundDue)]
    public async Task TakeAsync_AliasOfAJobWithMoney_StaysItsOwnForGood(JobOutcome outcome)
    {
        await _aliases.TakeAsync("k", "job_a", default);
        await EndAsync("job_a", outcome, JobErrors.Internal);

        Assert.Equal("job_a", await _aliases.TakeAsync("k", "job_b", default));
        Assert.Equal("job_a", await _aliases.FindAsync("k", default));
    }

    [Fact]
    public async Task TakeAsync_AliasOfAJobWhosePaymentNeverCame_IsFree()
    {
        // Its buyer was told to sign anew; under the same key he would have met the failed job for ever.
        await _aliases.TakeAsync("k", "job_a", default);
        await EndAsync("job_a", JobOutcome.Unpaid, JobErrors.Unpaid(null));

        Assert.Null(await _aliases.FindAsync("k", default));
        Assert.Equal("job_b", await _aliases.TakeAsync("k", "job_b", default));
        Assert.Equal("job_b", await _aliases.FindAsync("k", default));
    }

    [Fact]
    public async Task TakeAsync_AliasOfACancelledJob_StaysItsOwn()
    {
        // A late repeat of the order must not buy what was called off.
        await _aliases.TakeAsync("k", "job_a", default);
        await EndAsync("job_a", JobOutcome.Unpaid, JobErrors.Canceled);

        Assert.Equal("job_a", await _aliases.FindAsync("k", default));
        Assert.Equal("job_a", await _aliases.TakeAsync("k", "job_b", default));
    }

    [Fact]
    public async Task TakeAsync_TwentyWantAFreedAlias_AllAgreeOnOne()
    {
        await _aliases.TakeAsync("k", "job_a", default);
        await EndAsync("job_a", JobOutcome.Unpaid, JobErrors.Unpaid(null));
        _records.Before = async (_, _) => await Task.Yield();

        var holders = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => _aliases.TakeAsync("k", $"job_{i}", default))));

        Assert.Single(holders.Distinct());
        Assert.NotEqual("job_a", holders[0]);
    }

    private Task EndAsync(string jobId, JobOutcome outcome, JobError? error) =>
        _records.TryCreateAsync(RecordNames.Outcome(jobId), JobSamples.OutcomeOf(JobSamples.KeyJob with { JobId = jobId }, outcome, error), default);
}
