using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Media.Ffmpeg;
using OviFunctions.Routing;
using OviFunctions.Secrets;

namespace OviFunctions.Admission;

/// <summary>Makes a job's input from an order: everything that its orchestration will know, settings included.</summary>
public sealed class JobPlanner(OviSettings settings, JobRouter router, KeyRing ring, TimeProvider clock, FfmpegTool? ffmpeg = null)
{
    public async ValueTask<VideoJobInput> PlanAsync(
        string jobId, OrderRequest order, JobPayment? payment, string? apiKeyId, CancellationToken cancellationToken) => new()
    {
        JobId = jobId,
        KeyId = ring.CurrentKeyId,
        CreatedAt = clock.GetUtcNow(),
        Model = order.Model.Name,
        Request = order.Order.Request!,
        PriceAtomic = order.PriceAtomic,
        Fingerprint = order.Fingerprint!,
        Payment = payment,
        ApiKeyId = apiKeyId,
        Unlocks = order.Order.Unlocks,
        Plan = new JobPlan
        {
            Lanes = order.Order.Unlocks is null ? (await router.RouteAsync(order.Model, order.Order.Request, cancellationToken)).Lanes : [],
            DeadlineSeconds = settings.Jobs.DeadlineMinutes * 60,
            FirstPollSeconds = settings.Jobs.FirstPollSeconds,
            MaxPollSeconds = settings.Jobs.MaxPollSeconds,
            AmbiguousSubmitWaitSeconds = settings.Jobs.AmbiguousSubmitWaitSeconds,
            LinkDays = settings.Jobs.LinkDays,
            FinishMedia = ffmpeg is { IsAvailable: true },
            Refunds = new RefundPercents(settings.Refunds.InvalidInputPercent, settings.Refunds.ContentPolicyPercent),
        },
    };
}
