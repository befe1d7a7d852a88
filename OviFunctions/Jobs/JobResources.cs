using System.Globalization;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Media;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Refunds;
using OviFunctions.Secrets;

namespace OviFunctions.Jobs;

/// <summary>Makes the public view of a job from its input and status.</summary>
public sealed class JobResources(OviSettings settings, JobSecrets secrets, TimeProvider clock)
{
    public Uri StatusUrl(string jobId) => new(settings.PublicBaseUrl, $"/v1/videos/jobs/{jobId}");

    public Uri UnlockUrl(string jobId) => new(settings.PublicBaseUrl, $"/v1/videos/jobs/{jobId}/unlock");

    public JobResource Make(JobView job)
    {
        var resource = Make(job.Input, job.Status, job.Refund);
        // The texts and numbers of a batch are its items'.
        if (job.Input.Items is not null) resource = resource with { Params = null };
        if (job.Items is null) return resource;
        var ended = job.Items.Count(item => item.Status.IsFinal);
        return resource with
        {
            Items = [.. job.Items.Select(item => ItemOf(job, item))],
            Progress = job.Status.State == JobState.Running ? new("rendering", 20 + (80 * ended / job.Items.Count)) : resource.Progress,
            RetryCount = job.Items.Sum(item => Math.Max(0, item.Status.Attempts.Count - 1)),
        };
    }

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
            Assets = status is { Outcome: JobOutcome.Delivered, Video: { } video } ? [.. AssetsOf(input, status, video)] : [],
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

    private ItemResource ItemOf(JobView batch, JobView item)
    {
        var own = Make(item.Input, item.Status);
        var back = item.Status.Outcome switch
        {
            null or JobOutcome.Delivered => 0,
            JobOutcome.RefundDue => JobRefunds.AmountOf(item.Input, item.Status.Error),
            _ => item.Input.PriceAtomic,
        };
        var paid = batch.Input.Payment is null ? item.Status.Outcome == JobOutcome.Delivered : batch.Status.Money == MoneyState.Settled;
        return new ItemResource
        {
            Id = own.Id,
            Model = own.Model,
            Status = own.Status,
            Params = own.Params,
            UserId = own.UserId,
            EstimateUsd = own.EstimateUsd,
            CostActualUsd = paid ? own.EstimateUsd - Usdc.FromAtomic(back) : 0,
            RefundUsd = item.Status.Outcome == JobOutcome.RefundDue ? Usdc.FromAtomic(back) : null,
            Attempts = own.Attempts,
            Assets = own.Assets,
            Error = own.Error,
            StartedAt = own.StartedAt,
            CompletedAt = own.CompletedAt,
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
        null => 0,
        // An API key's batch is charged for what was delivered.
        JobOutcome.Delivered => status.Batch?.DueBackAtomic ?? 0,
        JobOutcome.RefundDue when input.Payment is not null => refund?.Refund.AmountAtomic ?? JobRefunds.Of(input, status.Error, status.Batch).AmountAtomic,
        _ => input.PriceAtomic,
    };

    private RefundResource? RefundOf(VideoJobInput input, JobStatus status, RefundRecord? refund)
    {
        if (refund is null)
        {
            return status.Outcome != JobOutcome.RefundDue ? null
                : new RefundResource { State = "due", Amount = Atomic(JobRefunds.Of(input, status.Error, status.Batch).AmountAtomic) };
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

    private IEnumerable<AssetResource> AssetsOf(VideoJobInput input, JobStatus status, VideoAsset video)
    {
        var expires = status.CompletedAt!.Value.AddDays(input.Plan.LinkDays);
        var isAsked = input.Request.OutputFit == OutputFit.Native || SizeOf(video.File) == input.Request.Resolution;
        yield return OfVideo(AssetIds.Video, video.File) with { Note = isAsked ? null : $"Made by the provider in this size, not in {input.Request.Resolution}." };
        if (video.Original is { } original) yield return OfVideo(AssetIds.Original, original);
        if (video.Poster is { } poster)
            yield return Of(AssetIds.Poster, poster.MediaType, poster.Bytes, poster.Sha256, new PixelSize(poster.Width, poster.Height).ToString());

        AssetResource OfVideo(string id, StoredVideo file) => Of(id, "video/mp4", file.Bytes, file.Sha256, SizeOf(file)) with
        {
            DurationSeconds = Math.Round(file.Info.DurationSeconds, 3),
            HasAudio = file.Info.HasAudio,
            Seed = input.Request.Variant is null ? video.Seed : null,
        };

        AssetResource Of(string id, string mimeType, long bytes, string sha256, string resolution) => new()
        {
            Id = id,
            Url = new Uri(settings.PublicBaseUrl, $"/v1/videos/jobs/{input.JobId}/content{secrets.LinkQuery(input.KeyId, input.JobId, id, expires)}{AssetIds.Query(id)}"),
            MimeType = mimeType,
            Bytes = bytes,
            Sha256 = sha256,
            Resolution = resolution,
            ExpiresAt = expires.ToUnixTimeSeconds(),
        };

        static string SizeOf(StoredVideo file) => new PixelSize(file.Info.Width, file.Info.Height).ToString();
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
