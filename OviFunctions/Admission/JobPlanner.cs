using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Secrets;

namespace OviFunctions.Admission;

/// <summary>Makes a job's input from an order: everything that its orchestration will know, settings included.</summary>
public sealed class JobPlanner(OviSettings settings, KeyRing ring, TimeProvider clock)
{
    public VideoJobInput Plan(string jobId, OrderRequest order, JobPayment? payment, string? apiKeyId) => new()
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
        Plan = new JobPlan
        {
            Lanes = [.. settings.Providers.Select(p => new LanePlan(p.Name, p.Start, p.DelaySeconds))],
            DeadlineSeconds = settings.Jobs.DeadlineMinutes * 60,
            FirstPollSeconds = settings.Jobs.FirstPollSeconds,
            MaxPollSeconds = settings.Jobs.MaxPollSeconds,
            AmbiguousSubmitWaitSeconds = settings.Jobs.AmbiguousSubmitWaitSeconds,
            LinkDays = settings.Jobs.LinkDays,
            Refunds = new RefundPercents(settings.Refunds.InvalidInputPercent, settings.Refunds.ContentPolicyPercent),
        },
    };
}
