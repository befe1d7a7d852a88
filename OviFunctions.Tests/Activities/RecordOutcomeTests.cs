using OviFunctions.Activities;
using OviFunctions.Jobs;
using static OviFunctions.Tests.Orchestrations.JobSamples;

namespace OviFunctions.Tests.Activities;

public sealed class RecordOutcomeTests
{
    private static readonly OutcomeRecord Delivery = new(
        JobId, JobOutcome.Delivered, Payments.Samples.Now, Video(), null, "0xabc", 420_000, Transaction);

    private static readonly OutcomeRecord Refund = Delivery with
    {
        Outcome = JobOutcome.RefundDue, At = Payments.Samples.Now.AddSeconds(5), Video = null, Error = JobErrors.Internal,
    };

    private readonly MemoryRecords _records = new();

    [Fact]
    public async Task Run_First_IsKept()
    {
        Assert.Equal(Delivery, await ActivityBench.TwiceAsync(() => RunAsync(Delivery)));
        Assert.Equal(Delivery, _records.Find<OutcomeRecord>(RecordNames.Outcome(JobId)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_AnotherOneIsThere_IsAnsweredWithThat(bool deliveredFirst)
    {
        var (first, second) = deliveredFirst ? (Delivery, Refund) : (Refund, Delivery);
        await RunAsync(first);

        Assert.Equal(first, await ActivityBench.TwiceAsync(() => RunAsync(second)));
        Assert.Equal(first, _records.Find<OutcomeRecord>(RecordNames.Outcome(JobId)));
    }

    [Fact]
    public async Task Run_WriteIsDoneButItsAnswerLost_TheNextRunFindsItsOwn()
    {
        _records.After = (_, _) => throw new IOException("The answer was lost.");
        await Assert.ThrowsAsync<IOException>(() => RunAsync(Delivery));

        Assert.Equal(Delivery, await RunAsync(Delivery with { At = Delivery.At.AddMinutes(1) }));
    }

    private Task<OutcomeRecord> RunAsync(OutcomeRecord outcome) => new RecordOutcome(_records).Run(outcome, default);
}
