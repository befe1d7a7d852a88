using OviFunctions.Http;
using OviFunctions.Jobs;

namespace OviFunctions.Routing;

/// <summary>Whether somebody would carry out an order: all of it, when it is a batch.</summary>
public sealed class OrderRoutes(JobRouter router)
{
    /// <summary>Why nobody would; null when somebody would, and for the release of a video that was made.</summary>
    public async ValueTask<Problem?> WhyNoneAsync(IVideoModel model, Order order, CancellationToken cancellationToken)
    {
        if (order.Unlocks is not null) return null;
        if (order.Items is not { } items) return (await router.RouteAsync(model, order.Request, cancellationToken)).Problem;
        foreach (var (i, item) in items.Index())
        {
            if ((await router.RouteAsync(item.Model, item.Request, cancellationToken)).Problem is { } problem)
            {
                return problem with
                {
                    Detail = $"Item {i}: {problem.Detail}",
                    Errors = problem.Errors?.Select(error => error with { Where = $"/items/{i}{error.Where}" }).ToList(),
                };
            }
        }

        return null;
    }
}
