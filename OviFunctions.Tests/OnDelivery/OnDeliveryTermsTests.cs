using OviFunctions.Jobs;
using OviFunctions.OnDelivery;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.OnDelivery;

/// <summary>Who is trusted with a video before he has paid, and with how much.</summary>
public sealed class OnDeliveryTermsTests
{
    private static readonly EvmAddress Payer = Samples.Buyer.Address;

    private readonly ManualTimeProvider _clock = new(JobSamples.CreatedAt);
    private readonly MemoryRecordStore _records;

    public OnDeliveryTermsTests() => _records = new MemoryRecordStore(_clock);

    [Fact]
    public async Task Apply_ProvenPayer_IsSettledOnDelivery()
    {
        await HistoryAsync(5);

        Assert.True(await IsTrustedAsync(1));
        Assert.True(await IsTrustedAsync(1)); // a repeat does not count twice
        Assert.True(await IsTrustedAsync(2));
    }

    [Fact]
    public async Task Apply_NotSwitchedOn_IsSettledFirst()
    {
        await HistoryAsync(5);

        Assert.False(await IsTrustedAsync(1, ("OnDelivery:Enabled", null)));
        Assert.DoesNotContain(RecordNames.Exposure, _records.Names);
    }

    [Theory]
    [InlineData(4, 7 * 24 * 60)] // too few
    [InlineData(5, (7 * 24 * 60) - 1)] // too young
    public async Task Apply_ShortHistory_IsSettledFirst(int jobs, int minutes)
    {
        await HistoryAsync(jobs, minutes: minutes);
        Assert.False(await IsTrustedAsync(1));
    }

    [Theory]
    [InlineData(JobOutcome.RefundDue)]
    [InlineData(JobOutcome.Unpaid)]
    public async Task Apply_JobsThatWereNotDelivered_AreNoHistory(JobOutcome outcome)
    {
        await HistoryAsync(5, outcome);
        Assert.False(await IsTrustedAsync(1));
    }

    [Fact]
    public async Task Apply_JobsOfAnotherWalletWithTheSamePrefix_AreNoHistory()
    {
        await HistoryAsync(5, payer: Samples.Stranger.Address);
        Assert.False(await IsTrustedAsync(1));
    }

    [Fact]
    public async Task Apply_AuthorizationThatEndsBeforeTheJobMay_IsSettledFirst()
    {
        await HistoryAsync(5);
        var needed = JobSamples.Plan.DeadlineSeconds + 300;

        Assert.False(await IsTrustedAsync(1, seconds: needed - 1));
        Assert.True(await IsTrustedAsync(1, seconds: needed));
    }

    [Fact]
    public async Task Apply_VideoIsFinishedBeforeItIsSettled_NeedsThatTimeToo()
    {
        await HistoryAsync(5);
        var needed = JobSamples.Plan.DeadlineSeconds + 300 + 30 + (2 * 60);

        Assert.False(await IsFinishedOnTrustAsync(needed - 1));
        Assert.True(await IsFinishedOnTrustAsync(needed));

        async Task<bool> IsFinishedOnTrustAsync(int seconds)
        {
            var job = JobOf(1, seconds);
            return (await Terms([]).ApplyAsync(job with { Plan = job.Plan with { FinishMedia = true } }, default)).Plan.SettleOnDelivery;
        }
    }

    [Fact]
    public async Task Apply_PayerWhoOwesAVideo_IsSettledFirstUntilItIsPaid()
    {
        await HistoryAsync(5);
        var debtors = new Debtors(_records, _clock);
        await debtors.AddAsync(Payer, "job_owed", default);
        Assert.False(await IsTrustedAsync(1));

        await debtors.RemoveAsync(Payer, "job_owed", default);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await IsTrustedAsync(1));
    }

    [Fact]
    public async Task Apply_BeyondTheCapOfAllWallets_IsSettledFirst()
    {
        await HistoryAsync(5);
        (string, string?)[] settings = [("OnDelivery:PayerExposureUsdc", "0.84"), ("OnDelivery:TotalExposureUsdc", "0.84")];
        var others = new OpenDelivery("job_other", Samples.Stranger.Address.ToString(), 420_000, _clock.GetUtcNow().AddHours(1));
        Assert.True(await new Exposure(_records, _clock).TryAddAsync(others, 840_000, 840_000, default));

        Assert.True(await IsTrustedAsync(1, settings));
        Assert.False(await IsTrustedAsync(2, settings));
    }

    [Fact]
    public async Task Apply_BeyondTheCapOfAWallet_IsSettledFirstUntilOneEnds()
    {
        await HistoryAsync(5);
        (string, string?)[] settings = [("OnDelivery:PayerExposureUsdc", "0.84")];
        Assert.True(await IsTrustedAsync(1, settings));
        Assert.True(await IsTrustedAsync(2, settings));
        Assert.False(await IsTrustedAsync(3, settings));

        await new Exposure(_records, _clock).RemoveAsync(JobOf(1).JobId, default);
        Assert.True(await IsTrustedAsync(3, settings));
    }

    [Fact]
    public async Task Apply_ExpiredAuthorization_IsNoExposureAnyMore()
    {
        await HistoryAsync(5);
        (string, string?)[] settings = [("OnDelivery:PayerExposureUsdc", "0.42")];
        Assert.True(await IsTrustedAsync(1, settings));
        Assert.False(await IsTrustedAsync(2, settings));

        _clock.Advance(TimeSpan.FromSeconds(1800));
        Assert.True(await IsTrustedAsync(2, settings));
    }

    [Fact]
    public async Task Apply_TwentyAtOnceOnSeveralMachines_StayWithinTheCap()
    {
        await HistoryAsync(5);
        _records.Before = async (_, _) => await Task.Yield();

        var trusted = await Task.WhenAll(Enumerable.Range(1, 20).Select(n => Task.Run(() => IsTrustedAsync((byte)n))));

        Assert.Equal(2, trusted.Count(it => it)); // of 1 USDC
    }

    [Fact]
    public async Task Apply_PaymentForALockedVideo_IsSettledFirst()
    {
        await HistoryAsync(5);
        var job = await Terms([]).ApplyAsync(JobOf(1) with { Unlocks = "job_locked" }, default);
        Assert.False(job.Plan.SettleOnDelivery);
    }

    private VideoJobInput JobOf(byte nonce, int seconds = 1800)
    {
        var job = JobSamples.PaidJobOf(nonce);
        var transfer = job.Payment!.Authorization.Transfer with { ValidBefore = (ulong)(_clock.GetUtcNow().ToUnixTimeSeconds() + seconds) };
        return job with { Payment = job.Payment with { Authorization = Samples.Buyer.Sign(transfer, EvmNetwork.Base.UsdcDomain) } };
    }

    private OnDeliveryTerms Terms((string, string?)[] changes)
    {
        var settings = TestSettings.Read([("OnDelivery:Enabled", "true"), ("Payments:MaxTimeoutSeconds", "1800"), .. changes]);
        return new OnDeliveryTerms(settings, new PaymentHistory(_records), new Debtors(_records, _clock), new Exposure(_records, _clock), _clock);
    }

    private Task<bool> IsTrustedAsync(byte nonce, params (string, string?)[] changes) => IsTrustedAsync(nonce, 1800, changes);

    private async Task<bool> IsTrustedAsync(byte nonce, int seconds, params (string, string?)[] changes) =>
        (await Terms(changes).ApplyAsync(JobOf(nonce, seconds), default)).Plan.SettleOnDelivery;

    /// <summary>Old jobs with the wallet's prefix; the clock stands so many minutes after them.</summary>
    private async Task HistoryAsync(int jobs, JobOutcome outcome = JobOutcome.Delivered, EvmAddress? payer = null, int minutes = 7 * 24 * 60)
    {
        for (var n = 0; n < jobs; n++)
        {
            var job = JobSamples.PaidJobOf((byte)(100 + n));
            Assert.StartsWith(PaymentIdentity.PayerPrefix(Payer), job.JobId, StringComparison.Ordinal);
            var record = JobSamples.OutcomeOf(job, outcome, transaction: JobSamples.Transaction) with { Payer = (payer ?? Payer).ToString() };
            await _records.TryCreateAsync(RecordNames.Outcome(job.JobId), record, default);
        }

        _clock.Advance(TimeSpan.FromMinutes(minutes));
    }
}
