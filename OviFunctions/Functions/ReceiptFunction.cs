using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http;
using OviFunctions.Jobs;

namespace OviFunctions.Functions;

/// <summary>The buyer's receipt; free, and there as long as the ledger.</summary>
public sealed class ReceiptFunction(JobAccess access, JobReceipts receipts)
{
    /// <summary><c>GET /v1/videos/jobs/{id}/receipt</c>, by the job's token.</summary>
    [Function("GetReceipt")]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/videos/jobs/{id}/receipt")] HttpRequest request,
        string id, CancellationToken cancellationToken)
    {
        CrossOrigin.Allow(request.HttpContext.Response);
        if (!access.MayRead(request, id)) return JobAccess.NotFound.ToResult();
        if (await receipts.ReadAsync(id, cancellationToken) is not { } receipt) return NothingPaid.ToResult();
        request.HttpContext.Response.Headers.CacheControl = "private, no-store";
        return Results.Json(new ReceiptEnvelope(receipt), ApiJson.Options);
    }

    private static Problem NothingPaid { get; } = new(404, "no_receipt", "There is no receipt (yet).",
        "No x402 payment has arrived for this job. GET /v1/videos/jobs/{id} has its state; orders by API key are billed apart.") { RetryAction = RetryAction.Poll };
}
