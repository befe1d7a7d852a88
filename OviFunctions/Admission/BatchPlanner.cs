using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Routing;

namespace OviFunctions.Admission;

/// <summary>Plans the videos of a batch, each as if it were ordered alone, and keeps them for its orchestrations.</summary>
public sealed class BatchPlanner(JobRouter router, BatchItems batches)
{
    public async Task RecordAsync(VideoJobInput batch, IReadOnlyList<OrderItem> items, CancellationToken cancellationToken)
    {
        var inputs = new List<VideoJobInput>();
        foreach (var (i, item) in items.Index())
        {
            var route = await router.PlanAsync(item.Model, item.Request, cancellationToken);
            inputs.Add(batch with
            {
                JobId = JobIdentity.Item(batch.JobId, i),
                Model = item.Model.Name,
                Request = item.Request,
                PriceAtomic = item.Model.PriceAtomic(item.Request),
                Plan = batch.Plan with { Lanes = route.Lanes, CostCapUsd = route.CostCapUsd },
                // The payment is the batch's: it stands in the claim, once.
                Payment = null,
                Items = null,
            });
        }

        await batches.WriteAsync(batch, new BatchRecord(inputs), cancellationToken);
    }
}
