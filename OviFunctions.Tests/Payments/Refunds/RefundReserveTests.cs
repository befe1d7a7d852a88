using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Functions;
using OviFunctions.Jobs;
using OviFunctions.Payments.Refunds;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Payments.Refunds;

/// <summary>What may have to go back, counted for all machines, and orders that it could not cover.</summary>
public sealed class RefundReserveTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();

    [Fact]
    public async Task TryHold_BeyondTheLimit_IsNotHeld_AndRoomComesBackWithARelease()
    {
        var reserve = NewReserve();
        Assert.True(await reserve.TryHoldAsync("a", 400, 1000, default));
        Assert.True(await reserve.TryHoldAsync("b", 600, 1000, default));
        Assert.False(await reserve.TryHoldAsync("c", 1, 1000, default));

        await reserve.ReleaseAsync("a", default);
        await reserve.ReleaseAsync("a", default);

        Assert.True(await reserve.TryHoldAsync("c", 400, 1000, default));
        Assert.Equal(1000, (await reserve.ReadAsync(default)).Sum);
    }

    [Fact]
    public async Task TryHold_TheSameJobAgain_IsHeldOnceWhateverTheLimitIsNow()
    {
        await NewReserve().TryHoldAsync("a", 400, 400, default);

        Assert.True(await NewReserve().TryHoldAsync("a", 400, 0, default));
        Assert.Equal(400, (await NewReserve().ReadAsync(default)).Sum);
    }

    [Fact]
    public async Task TryHold_ManyAtOnceOnTwoMachines_NeverBeyondTheLimit()
    {
        RefundReserve[] machines = [NewReserve(), NewReserve()];

        var held = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => machines[i % 2].TryHoldAsync($"job{i}", 100, 1000, default)));

        Assert.Equal(10, held.Count(isHeld => isHeld));
        Assert.Equal(1000, (await NewReserve().ReadAsync(default)).Sum);
    }

    [Fact]
    public async Task TrySpend_IsByDayAndByJob()
    {
        var reserve = NewReserve();
        Assert.True(await reserve.TrySpendAsync(RefundReason.NotDelivered, "a", 600, 1000, default));
        Assert.True(await reserve.TrySpendAsync(RefundReason.NotDelivered, "a", 600, 1000, default));
        Assert.False(await reserve.TrySpendAsync(RefundReason.NotDelivered, "b", 600, 1000, default));
        Assert.True(await reserve.TrySpendAsync(RefundReason.NoOrder, "c", 900, 1000, default));
        Assert.False(await reserve.TrySpendAsync(RefundReason.NoOrder, "d", 900, 1000, default));
        Assert.Equal(600, await reserve.SpentTodayAsync(default));

        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await reserve.SpentTodayAsync(default));
        Assert.True(await reserve.TrySpendAsync(RefundReason.NotDelivered, "b", 600, 1000, default));
    }

    [Fact]
    public async Task Sweep_LetsGoOnlyOfWhatIsDecidedOrWasNeverClaimed()
    {
        var reserve = NewReserve();
        foreach (var job in new[] { "running", "delivered", "due", "blocked", "superseded", "never-claimed" }) await reserve.TryHoldAsync(job, 1, 100, default);
        foreach (var job in new[] { "running", "delivered", "due", "blocked" }) await _records.TryCreateAsync(RecordNames.Claim(job), JobSamples.ClaimOf(JobSamples.PaidJob), default);
        await _records.TryCreateAsync(RecordNames.Claim("superseded"), JobSamples.ClaimOf(JobSamples.PaidJob) with { SupersededBy = "x" }, default);
        await _records.TryCreateAsync(RecordNames.Outcome("delivered"), JobSamples.OutcomeOf(JobSamples.PaidJob, JobOutcome.Delivered), default);
        foreach (var job in new[] { "due", "blocked" }) await _records.TryCreateAsync(RecordNames.Outcome(job), JobSamples.OutcomeOf(JobSamples.PaidJob, JobOutcome.RefundDue), default);
        var blocked = new RefundRecord { Refund = JobRefunds.Of(PaidJob(), null), State = RefundState.Blocked, At = Samples.Now };
        await _records.TryCreateAsync(RecordNames.Refund("blocked"), blocked, default);

        await SweepAsync();
        Assert.Equal(6, (await NewReserve().ReadAsync(default)).Sum);
        _clock.Advance(TimeSpan.FromMinutes(11));
        await SweepAsync();

        Assert.Equal(["due", "running"], (await NewReserve().ReadAsync(default)).Jobs.Keys.Order());

        Task SweepAsync() => new SweepReserveFunction(NewReserve(), _records, _clock, NullLogger<SweepReserveFunction>.Instance).RunAsync(null!, default);
    }

    [Fact]
    public async Task Sweep_ManyRefundsWait_WhatWasForgottenSinceIsFoundAllTheSame()
    {
        var reserve = NewReserve();
        var waiting = new RefundRecord { Refund = JobRefunds.Of(PaidJob(), null), State = RefundState.Pending, At = Samples.Now };
        for (var i = 0; i < 220; i++)
        {
            await reserve.TryHoldAsync($"waiting-{i}", 1, 1000, default);
            await _records.TryCreateAsync(RecordNames.Refund($"waiting-{i}"), waiting, default);
        }

        _clock.Advance(TimeSpan.FromMinutes(1));
        await reserve.TryHoldAsync("never-claimed", 1, 1000, default);
        _clock.Advance(TimeSpan.FromMinutes(11));

        // Each time it is one of 200 out of 221.
        for (var i = 0; i < 20; i++)
            await new SweepReserveFunction(NewReserve(), _records, _clock, NullLogger<SweepReserveFunction>.Instance).RunAsync(null!, default);

        Assert.Equal(220, (await NewReserve().ReadAsync(default)).Sum);
    }

    private RefundReserve NewReserve() => new(_records, _clock);
}
