using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Payments.Refunds;
using OviFunctions.Sales;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Sales;

/// <summary>A submit costs 0.20 dollars; sales stop above 0.50 an hour.</summary>
public sealed class SpendBrakeTests
{
    private readonly MemoryRecordStore _records = new();
    private readonly ManualTimeProvider _clock = new(JobSamples.CreatedAt);
    private readonly SalesSwitch _sales;
    private readonly SpendBrake _brake;

    public SpendBrakeTests()
    {
        _sales = new SalesSwitch(_records, _clock, NullLogger<SalesSwitch>.Instance);
        _brake = new SpendBrake(_records, TestSettings.Read(("Limits:UndeliveredUsdPerHour", "0.50")), _sales, _clock);
    }

    [Fact]
    public async Task CountAsync_TooMuchInAnHour_PausesSales()
    {
        await FailAsync(1);
        await FailAsync(1); // an activity that runs twice
        await FailAsync(2);
        Assert.Null(await PausedAsync());

        await FailAsync(3);

        Assert.Contains("0.60", await PausedAsync());
    }

    [Fact]
    public async Task CountAsync_SpreadOverHours_DoesNotPause()
    {
        for (byte job = 1; job <= 9; job++)
        {
            await FailAsync(job);
            _clock.Advance(TimeSpan.FromMinutes(31));
        }

        Assert.Null(await PausedAsync());
    }

    [Fact]
    public async Task CountAsync_EverySubmitThatAProviderMayHaveTaken_Counts()
    {
        await SubmitAsync(1, lane: 0, submit: 1, new SubmitStep(SubmitState.Ambiguous));
        await SubmitAsync(1, lane: 0, submit: 2, step: null);
        await SubmitAsync(1, lane: 1, submit: 1, new SubmitStep(SubmitState.Accepted));

        await EndAsync(1, JobErrors.Internal);

        Assert.NotNull(await PausedAsync());
    }

    [Fact]
    public async Task CountAsync_WhatCostNothing_DoesNotCount()
    {
        for (byte job = 1; job <= 9; job++)
        {
            await SubmitAsync(job, 0, 1, job <= 3 ? new SubmitStep(SubmitState.Rejected) : new SubmitStep(SubmitState.Accepted));
            if (job <= 6) await EndAsync(job, job <= 3 ? JobErrors.Internal : JobErrors.Canceled);
            else await _brake.CountAsync(JobSamples.OutcomeOf(JobSamples.PaidJobOf(job), JobOutcome.Delivered), default);
        }

        Assert.Null(await PausedAsync());
    }

    [Fact]
    public async Task CountAsync_AfterTheOperatorResumedSales_BeginsAnew()
    {
        for (byte job = 1; job <= 3; job++) await FailAsync(job);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await _sales.ResumeAsync(default);
        _clock.Advance(TimeSpan.FromMinutes(1));

        await FailAsync(4);
        await FailAsync(5);
        Assert.Null(await PausedAsync());

        await FailAsync(6);
        Assert.NotNull(await PausedAsync());
    }

    [Fact]
    public async Task CountAsync_VideoThatCouldNotBeDelivered_CountsWhatThatAccountCosts()
    {
        await SubmitAsync(1, lane: 0, submit: 1, new SubmitStep(SubmitState.Rejected) { Billed = true }, costUsd: 0.51m);

        await EndAsync(1, JobErrors.Internal);

        Assert.Contains("0.51", await PausedAsync());
    }

    private async Task FailAsync(byte job)
    {
        await SubmitAsync(job, 0, 1, new SubmitStep(SubmitState.Accepted));
        await EndAsync(job, JobErrors.Internal);
    }

    private Task SubmitAsync(byte job, int lane, int submit, SubmitStep? step, decimal costUsd = 0.20m) => _records.TryCreateAsync(
        RecordNames.Submit(JobSamples.PaidJobOf(job).JobId, lane, submit), new SubmitIntent("fal", _clock.GetUtcNow(), step) { CostUsd = costUsd }, default);

    /// <summary>By the activity that records how jobs end.</summary>
    private Task EndAsync(byte job, JobError error) =>
        new RecordOutcome(_records, new RefundReserve(_records, _clock), _brake).Run(JobSamples.OutcomeOf(JobSamples.PaidJobOf(job), JobOutcome.RefundDue, error), default);

    private async Task<string?> PausedAsync() => (await _sales.ReadAsync(default)).PausedFor;
}
