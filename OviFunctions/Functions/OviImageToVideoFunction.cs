using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Admission;
using OviFunctions.Jobs;

namespace OviFunctions.Functions;

/// <summary>Orders of OVI image-to-video.</summary>
public sealed class OviImageToVideoFunction(OrderEndpoint orders, OviImageToVideo model)
{
    [Function("OrderOviImageToVideo")]
    public Task<IResult> OrderAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = OviImageToVideo.RouteTemplate)] HttpRequest request,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        orders.OrderAsync(model, request, client, cancellationToken);

    [Function("QuoteOviImageToVideo")]
    public Task<IResult> QuoteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = OviImageToVideo.RouteTemplate)] HttpRequest request, CancellationToken cancellationToken) =>
        orders.QuoteAsync(model, request, cancellationToken);
}
