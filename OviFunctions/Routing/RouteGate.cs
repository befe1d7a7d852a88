using OviFunctions.Http;
using OviFunctions.Sales;

namespace OviFunctions.Routing;

/// <summary>Turns an order away, uncharged, that no provider would carry out.</summary>
public sealed class RouteGate(JobRouter router) : ISalesGate
{
    /// <inheritdoc/>
    public async ValueTask<Problem?> WhyClosedAsync(Sale sale, CancellationToken cancellationToken)
    {
        // The release of a video that was made needs nobody.
        if (sale.Order.Unlocks is not null) return null;
        return (await router.RouteAsync(sale.Model, sale.Order.Request, cancellationToken)).Problem;
    }
}
