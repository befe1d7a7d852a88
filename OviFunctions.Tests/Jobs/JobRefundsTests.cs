using System.Text.Json;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Refunds;
using OviFunctions.Secrets;
using OviFunctions.Storage;
using OviFunctions.Tests.Secrets;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Jobs;

/// <summary>How much goes back, and what the buyer sees of it.</summary>
public sealed class JobRefundsTests
{
    private static readonly VideoJobInput Job = PaidJob();
    private static readonly JobStatus Failed = new()
    {
        State = JobState.Failed, Money = MoneyState.Settled, Transaction = Transaction, Outcome = JobOutcome.RefundDue, Error = JobErrors.Internal,
    };

    private readonly ManualTimeProvider _clock = new();

    [Theory]
    [InlineData("provider", "provider_unavailable", RefundReason.NotDelivered, 420_000)]
    [InlineData("provider", "provider_timeout", RefundReason.NotDelivered, 420_000)]
    [InlineData("provider", "canceled", RefundReason.Canceled, 420_000)]
    [InlineData("internal", "internal_error", RefundReason.OurFault, 420_000)]
    [InlineData("provider", "invalid_input", RefundReason.InvalidInput, 210_000)]
    [InlineData("provider", "content_policy", RefundReason.ContentPolicy, 126_000)]
    public void Of_Error_GivesTheReasonAndWhatTheOrderSaysOfIt(string stage, string code, RefundReason reason, long amount)
    {
        var job = Job with { Plan = Job.Plan with { Refunds = new RefundPercents(InvalidInput: 50, ContentPolicy: 30) } };

        var refund = JobRefunds.Of(job, new JobError(stage, code, ""));

        Assert.Equal((reason, amount), (refund.Reason, refund.AmountAtomic));
        Assert.Equal((Job.JobId, Job.Payment!.Authorization.Transfer, Job.Payment.ClaimBlock), (refund.JobId, refund.Incoming, refund.AfterBlock));
    }

    [Fact]
    public void Of_AmountThatIsNotEven_IsInTheBuyersFavour() => Assert.Equal(1, JobRefunds.Of(
        Job with { PriceAtomic = 1, Plan = Job.Plan with { Refunds = new RefundPercents(1, 1) } }, new JobError("provider", "invalid_input", "")).AmountAtomic);

    [Fact]
    public void Of_OrderOfAnEarlierRelease_GetsAllOfItBack() => Assert.Equal(
        420_000, JobRefunds.Of(Job with { Plan = Job.Plan with { Refunds = null } }, new JobError("provider", "invalid_input", "")).AmountAtomic);

    [Theory]
    [InlineData(null, "refund_due", "due")]
    [InlineData(RefundState.Pending, "refund_pending", "pending")]
    [InlineData(RefundState.Refunded, "refunded", "refunded")]
    [InlineData(RefundState.Blocked, "refund_blocked", "blocked")]
    [InlineData(RefundState.NothingCame, "unused", null)]
    public void Make_Refund_EveryState(RefundState? state, string paymentState, string? refundState)
    {
        var job = Make(state is { } known ? Refund with { State = known } : null);

        Assert.Equal(paymentState, job.GetProperty("payment").GetProperty("state").GetString());
        Assert.Equal(refundState, job.TryGetProperty("refund", out var refund) && refund.ValueKind == JsonValueKind.Object
            ? refund.GetProperty("state").GetString() : null);
    }

    [Fact]
    public void Make_PendingRefund_ShowsItsVoucherOnlyWhenFacilitatorsHadTheirTime_AndOnlyToTheBuyer()
    {
        Assert.False(VoucherOf(Make(Refund)).HasValue);

        _clock.Advance(TimeSpan.FromMinutes(15));

        var voucher = VoucherOf(Make(Refund))!.Value;
        Assert.Equal(Refund.Authorization!.Signature, voucher.GetProperty("signature").GetString());
        Assert.Equal(Refund.Authorization.Transfer.Nonce.ToString(), voucher.GetProperty("nonce").GetString());
        Assert.Equal("420000", voucher.GetProperty("value").GetString());
        Assert.Null(Resources().Make(Job, Failed, Refund).WithoutDetails().Refund!.Voucher);
        Assert.False(VoucherOf(Make(Refund with { State = RefundState.Refunded })).HasValue);
        Assert.False(VoucherOf(Make(Refund with { State = RefundState.Blocked })).HasValue);
    }

    [Fact]
    public async Task ReadAsync_JobWhoseMoneyIsDueBack_HasItsRefund_AlsoAfterThePurge()
    {
        var records = new MemoryRecordStore();
        var client = new MemoryTaskClient();
        var reader = new JobReader(records, _clock, HostLifetime.Running());
        var refund = Refund with { Refund = Refund.Refund with { JobId = JobSamples.PaidJob.JobId } };
        await records.TryCreateAsync(RecordNames.Claim(JobSamples.PaidJob.JobId), JobSamples.ClaimOf(JobSamples.PaidJob), default);
        await records.TryCreateAsync(
            RecordNames.Outcome(JobSamples.PaidJob.JobId), JobSamples.OutcomeOf(JobSamples.PaidJob, JobOutcome.RefundDue, JobErrors.Internal), default);
        await records.TryCreateAsync(RecordNames.Refund(JobSamples.PaidJob.JobId), refund, default);

        Assert.Equal(refund, (await reader.ReadAsync(client, JobSamples.PaidJob.JobId, default))!.Refund);
        client.Add(JobSamples.PaidJob, Failed);
        Assert.Equal(refund, (await reader.ReadAsync(client, JobSamples.PaidJob.JobId, default))!.Refund);
        client.Set(JobSamples.PaidJob.JobId, Failed with { Outcome = JobOutcome.Delivered });
        Assert.Null((await reader.ReadAsync(client, JobSamples.PaidJob.JobId, default))!.Refund);
    }

    private RefundRecord Refund => new()
    {
        Refund = JobRefunds.Of(Job, null),
        State = RefundState.Pending,
        At = _started,
        SignedAt = _started,
        Generation = 1,
        Authorization = OviFunctions.Tests.Payments.Samples.Stranger.Sign(
            new TransferAuthorization(OviFunctions.Tests.Payments.Samples.Stranger.Address, OviFunctions.Tests.Payments.Samples.Buyer.Address, 420_000, 0, 2_000_000_000, RefundRecord.NonceOf(JobId)),
            EvmNetwork.Base.UsdcDomain),
    };

    private readonly DateTimeOffset _started = new ManualTimeProvider().GetUtcNow();

    private JobResources Resources() => new(TestSettings.Read(), new JobSecrets(KeyRingTests.Of("k1")), _clock);

    private JsonElement Make(RefundRecord? refund) => JsonSerializer.SerializeToElement(Resources().Make(Job, Failed, refund), ApiJson.Options);

    private static JsonElement? VoucherOf(JsonElement job) =>
        job.GetProperty("refund").TryGetProperty("voucher", out var voucher) && voucher.ValueKind == JsonValueKind.Object ? voucher : null;
}
