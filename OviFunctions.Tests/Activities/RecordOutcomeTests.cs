using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Payments.Refunds;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Activities;

public sealed class RecordOutcomeTests
{
    private static readonly OutcomeRecord Delivery = new(
        JobId, JobOutcome.Delivered, Payments.Samples.Now, Video(), null, "0xabc", 420_000, Transaction);

    private static readonly OutcomeRecord Refund = Delivery with
    {
        Outcome = JobOutcome.RefundDue, At = Payments.Samples.Now.AddSeconds(5), Video = null, Error = JobErrors.Internal,
    };

    private readonly MemoryRecordStore _records = new();

    [Fact]
    public async Task Run_First_IsKept()
    {
        Assert.Equal(Delivery, await ActivityBench.TwiceAsync(() => RunAsync(Delivery)));
        Assert.Equal(Delivery, await FindAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_AnotherOneIsThere_IsAnsweredWithThat(bool deliveredFirst)
    {
        var (first, second) = deliveredFirst ? (Delivery, Refund) : (Refund, Delivery);
        await RunAsync(first);

        Assert.Equal(first, await ActivityBench.TwiceAsync(() => RunAsync(second)));
        Assert.Equal(first, await FindAsync());
    }

    [Fact]
    public async Task Run_WriteIsDoneButItsAnswerLost_TheNextRunFindsItsOwn()
    {
        _records.After = (call, _) => call == RecordCall.Create ? throw new IOException("The answer was lost.") : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => RunAsync(Delivery));
        _records.After = null;

        Assert.Equal(Delivery, await RunAsync(Delivery with { At = Delivery.At.AddMinutes(1) }));
    }

    [Theory]
    [InlineData(JobOutcome.Delivered, false)]
    [InlineData(JobOutcome.RefundDue, true)]
    [InlineData(JobOutcome.Unpaid, true)]
    public async Task Run_Outcome_EndsTheSearchForTheMoneyOnlyWhenItStays(JobOutcome outcome, bool isFollowed)
    {
        await _records.TryCreateAsync(RecordNames.Unsettled(JobId), new AliasRecord(JobId), default);

        await ActivityBench.TwiceAsync(() => RunAsync(Delivery with { Outcome = outcome }));

        Assert.Equal(isFollowed, _records.Names.Contains(RecordNames.Unsettled(JobId)));
    }

    [Fact]
    public async Task Run_DeliveryAfterARefundWasRecorded_IsFollowedOn()
    {
        await _records.TryCreateAsync(RecordNames.Unsettled(JobId), new AliasRecord(JobId), default);
        await RunAsync(Refund);

        await RunAsync(Delivery);

        Assert.Contains(RecordNames.Unsettled(JobId), _records.Names);
    }

    private async Task<OutcomeRecord?> FindAsync() =>
        (await _records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(JobId), default))?.Value;

    [Theory]
    [InlineData(JobOutcome.Delivered, 0)]
    [InlineData(JobOutcome.Unpaid, 0)]
    [InlineData(JobOutcome.RefundDue, 420_000)]
    public async Task Run_MoneyThatIsNotDueBack_IsNotHeldForARefundAnyMore(JobOutcome outcome, long held)
    {
        var reserve = new RefundReserve(_records, new ManualTimeProvider());
        await reserve.TryHoldAsync(JobId, 420_000, 1_000_000, default);

        await RunAsync(Delivery with { Outcome = outcome });

        Assert.Equal(held, (await new RefundReserve(_records, new ManualTimeProvider()).ReadAsync(default)).Sum);
    }

    private Task<OutcomeRecord> RunAsync(OutcomeRecord outcome) => OutcomeRecording.Over(_records, new ManualTimeProvider()).Run(outcome, default);
}
