using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Admission;
using OviFunctions.Jobs;

namespace OviFunctions.Functions;

/// <summary>Orders of Sora 2.</summary>
public sealed class Sora2Function(OrderEndpoint orders, Sora2 model)
{
    [Function("OrderSora2")]
    public Task<IResult> OrderAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Sora2.RouteTemplate)] HttpRequest request,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        orders.OrderAsync(model, request, client, cancellationToken);

    [Function("QuoteSora2")]
    public Task<IResult> QuoteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Sora2.RouteTemplate)] HttpRequest request, CancellationToken cancellationToken) =>
        orders.QuoteAsync(model, request, cancellationToken);
}
