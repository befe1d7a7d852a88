using System.Globalization;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Refunds;
using OviFunctions.Secrets;

namespace OviFunctions.Jobs;

/// <summary>Makes the public view of a job from its input and status.</summary>
public sealed class JobResources(OviSettings settings, JobSecrets secrets, TimeProvider clock)
{
    public Uri StatusUrl(string jobId) => new(settings.PublicBaseUrl, $"/v1/videos/jobs/{jobId}");

    public Uri UnlockUrl(string jobId) => new(settings.PublicBaseUrl, $"/v1/videos/jobs/{jobId}/unlock");

    public JobResource Make(JobView job) => Make(job.Input, job.Status, job.Refund);

    public JobResource Make(VideoJobInput input, JobStatus status, RefundRecord? refund = null)
    {
        // What was made on trust is shown when it is paid, and so is who made it.
        var isHeldBack = input.Plan.SettleOnDelivery && status.Outcome != JobOutcome.Delivered;
        var price = Usdc.FromAtomic(input.PriceAtomic);
        var paid = input.Payment is null ? status.State == JobState.Succeeded : status.Money == MoneyState.Settled;
        return new JobResource
        {
            Id = input.JobId,
            Model = input.Model,
            Status = Codes.Of(status.State),
            Params = JobParams.Of(input.Request),
            UserId = input.Request.User,
            EstimateUsd = price,
            CostActualUsd = paid ? price - Usdc.FromAtomic(DueBack(input, status, refund)) : 0,
            PaymentMethod = input.Payment is null ? "api_key" : "x402",
            Payment = input.Payment is { } payment ? PaymentOf(payment, status, refund) : null,
            Refund = input.Payment is null ? null : RefundOf(input, status, refund),
            Progress = ProgressOf(status),
            Plan = isHeldBack ? [] : [.. input.Plan.Lanes.Select(lane => new LaneResource(
                lane.Provider, Codes.Of(lane.Start), lane.Start == LaneStart.AfterDelay ? lane.DelaySeconds : null))],
            Attempts = isHeldBack ? [] : [.. status.Attempts.Select(a => new AttemptResource(
                a.Lane, a.Provider, Codes.Of(a.State), a.StartedAt.ToUnixTimeSeconds(), a.EndedAt?.ToUnixTimeSeconds(), a.Failure is { } f ? Codes.Of(f) : null))],
            Assets = status is { Outcome: JobOutcome.Delivered, Video: { } video } ? [AssetOf(input, status, video)] : [],
            Error = JobErrors.Told(status.Error),
            Warnings = status is { Outcome: JobOutcome.Delivered, Video: { } made } ? WarningsOf(input, made) : null,
            CreatedAt = input.CreatedAt.ToUnixTimeSeconds(),
            StartedAt = status.StartedAt?.ToUnixTimeSeconds(),
            CompletedAt = status.CompletedAt?.ToUnixTimeSeconds(),
            RetryCount = isHeldBack ? 0 : Math.Max(0, status.Attempts.Count - 1),
            StatusUrl = StatusUrl(input.JobId),
            UnlockUrl = isHeldBack && status is { Outcome: JobOutcome.Unpaid, Video: not null } ? UnlockUrl(input.JobId) : null,
        };
    }

    private static PaymentResource PaymentOf(JobPayment payment, JobStatus status, RefundRecord? refund) => new()
    {
        State = refund?.State switch
        {
            RefundState.Pending => "refund_pending",
            RefundState.Refunded => "refunded",
            RefundState.Blocked => "refund_blocked",
            RefundState.NothingCame => Codes.Of(MoneyState.Unused),
            _ => status.Outcome == JobOutcome.RefundDue ? "refund_due" : Codes.Of(status.Money),
        },
        Network = payment.Network.CaipId,
        Asset = payment.Network.Usdc.ToChecksumString(),
        Amount = payment.Authorization.Transfer.Value.ToString(),
        Payer = payment.Authorization.Transfer.From.ToChecksumString(),
        Transaction = status.Transaction,
        AuthorizationExpiresAt = (long)payment.Authorization.Transfer.ValidBefore.Value,
    };

    /// <summary>What has gone back or will; all of it where nothing was kept.</summary>
    private static long DueBack(VideoJobInput input, JobStatus status, RefundRecord? refund) => status.Outcome switch
    {
        null or JobOutcome.Delivered => 0,
        JobOutcome.RefundDue when input.Payment is not null => refund?.Refund.AmountAtomic ?? JobRefunds.Of(input, status.Error).AmountAtomic,
        _ => input.PriceAtomic,
    };

    private RefundResource? RefundOf(VideoJobInput input, JobStatus status, RefundRecord? refund)
    {
        if (refund is null)
        {
            return status.Outcome != JobOutcome.RefundDue ? null
                : new RefundResource { State = "due", Amount = Atomic(JobRefunds.Of(input, status.Error).AmountAtomic) };
        }

        return refund.State == RefundState.NothingCame ? null : new RefundResource
        {
            State = Codes.Of(refund.State),
            Amount = Atomic(refund.Refund.AmountAtomic),
            Transaction = refund.Transaction,
            Voucher = refund is { State: RefundState.Pending, Authorization: { } signed } && IsLate(refund) ? VoucherOf(signed) : null,
        };

        static string Atomic(long amount) => amount.ToString(CultureInfo.InvariantCulture);
    }

    private bool IsLate(RefundRecord refund) =>
        clock.GetUtcNow() >= refund.SignedAt!.Value.AddMinutes(settings.Refunds.VoucherAfterMinutes);

    private static VoucherResource VoucherOf(SignedAuthorization signed) => new(
        signed.Transfer.From.ToChecksumString(), signed.Transfer.To.ToChecksumString(), signed.Transfer.Value.ToString(),
        signed.Transfer.ValidAfter.ToString(), signed.Transfer.ValidBefore.ToString(), signed.Transfer.Nonce.ToString(), signed.Signature);

    private AssetResource AssetOf(VideoJobInput input, JobStatus status, VideoAsset video)
    {
        var expires = status.CompletedAt!.Value.AddDays(input.Plan.LinkDays);
        return new AssetResource
        {
            Id = "video",
            Url = new Uri(settings.PublicBaseUrl, $"/v1/videos/jobs/{input.JobId}/content{secrets.LinkQuery(input.KeyId, input.JobId, "video", expires)}"),
            MimeType = "video/mp4",
            Bytes = video.File.Bytes,
            Sha256 = video.File.Sha256,
            DurationSeconds = Math.Round(video.File.Info.DurationSeconds, 3),
            Resolution = $"{video.File.Info.Width}x{video.File.Info.Height}",
            HasAudio = video.File.Info.HasAudio,
            ExpiresAt = expires.ToUnixTimeSeconds(),
            Seed = input.Request.Variant is null ? video.Seed : null,
        };
    }

    private static string[]? WarningsOf(VideoJobInput input, VideoAsset video) => input.Request.Variant is not null || video.Seed == input.Request.Seed ? null
        : [string.Create(CultureInfo.InvariantCulture, $"The provider says that it used the seed {video.Seed} instead of {input.Request.Seed}.")];

    private static ProgressResource ProgressOf(JobStatus status) => status.State switch
    {
        JobState.Queued => new("preparing", 0),
        JobState.PaymentPending => new("paying", 5),
        JobState.Running => new("rendering", 20),
        _ => new("done", 100),
    };
}
