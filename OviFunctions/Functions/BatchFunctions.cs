using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Admission;
using OviFunctions.Jobs.Batches;

namespace OviFunctions.Functions;

/// <summary>Orders of several videos at once.</summary>
public sealed class BatchFunctions(OrderEndpoint orders, BatchModel model)
{
    /// <summary><c>POST /v1/videos/batches</c>: 1 to 20 requests of any models, paid by one payment.</summary>
    [Function("OrderBatch")]
    public Task<IResult> OrderAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = BatchModel.RouteTemplate)] HttpRequest request,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        orders.OrderAsync(model, request, client, cancellationToken);

    [Function("QuoteBatch")]
    public Task<IResult> QuoteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = BatchModel.RouteTemplate)] HttpRequest request, CancellationToken cancellationToken) =>
        orders.QuoteAsync(model, request, cancellationToken);
}
