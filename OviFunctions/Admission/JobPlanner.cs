using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Routing;
using OviFunctions.Secrets;

namespace OviFunctions.Admission;

/// <summary>Makes a job's input from an order: everything that its orchestration will know, settings included.</summary>
public sealed class JobPlanner(OviSettings settings, JobRouter router, KeyRing ring, TimeProvider clock)
{
    public async ValueTask<VideoJobInput> PlanAsync(
        string jobId, OrderRequest order, JobPayment? payment, string? apiKeyId, CancellationToken cancellationToken)
    {
        // The release of a video that was made needs nobody.
        var route = order.Order.Unlocks is null ? await router.PlanAsync(order.Model, order.Order.Request!, cancellationToken) : JobRoute.Nowhere;
        return Plan(jobId, order, payment, apiKeyId, route);
    }

    private VideoJobInput Plan(string jobId, OrderRequest order, JobPayment? payment, string? apiKeyId, JobRoute route) => new()
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
            Lanes = route.Lanes,
            CostCapUsd = route.CostCapUsd,
            DeadlineSeconds = settings.Jobs.DeadlineMinutes * 60,
            FirstPollSeconds = settings.Jobs.FirstPollSeconds,
            MaxPollSeconds = settings.Jobs.MaxPollSeconds,
            AmbiguousSubmitWaitSeconds = settings.Jobs.AmbiguousSubmitWaitSeconds,
            LinkDays = settings.Jobs.LinkDays,
            Refunds = new RefundPercents(settings.Refunds.InvalidInputPercent, settings.Refunds.ContentPolicyPercent),
        },
    };
}
