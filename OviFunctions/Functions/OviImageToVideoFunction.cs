using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Admission;
using OviFunctions.Jobs;

namespace OviFunctions.Functions;

/// <summary>Orders of OVI image-to-video.</summary>
internal sealed class OviImageToVideoFunction(OrderEndpoint orders, OviImageToVideo model)
{
    private const string Route = "v1/videos/ovi/image-to-video/jobs";

    [Function("OrderOviImageToVideo")]
    public Task<IResult> OrderAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        orders.OrderAsync(model, request, client, cancellationToken);

    [Function("QuoteOviImageToVideo")]
    public IResult Quote([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) => orders.Quote(model, request);
}
