using OviFunctions.Http;
using OviFunctions.Sales;

namespace OviFunctions.Routing;

/// <summary>Turns an order away, uncharged, that no provider would carry out.</summary>
public sealed class RouteGate(OrderRoutes routes) : ISalesGate
{
    /// <inheritdoc/>
    public ValueTask<Problem?> WhyClosedAsync(Sale sale, CancellationToken cancellationToken) =>
        routes.WhyNoneAsync(sale.Model, sale.Order, cancellationToken);
}
