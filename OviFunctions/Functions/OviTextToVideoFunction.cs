using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Admission;
using OviFunctions.Jobs;

namespace OviFunctions.Functions;

/// <summary>Orders of OVI text-to-video.</summary>
public sealed class OviTextToVideoFunction(OrderEndpoint orders, OviTextToVideo model)
{
    [Function("OrderOviTextToVideo")]
    public Task<IResult> OrderAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = OviTextToVideo.RouteTemplate)] HttpRequest request,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        orders.OrderAsync(model, request, client, cancellationToken);

    [Function("QuoteOviTextToVideo")]
    public Task<IResult> QuoteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = OviTextToVideo.RouteTemplate)] HttpRequest request, CancellationToken cancellationToken) =>
        orders.QuoteAsync(model, request, cancellationToken);
}
