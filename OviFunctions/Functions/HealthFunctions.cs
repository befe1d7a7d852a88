using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http;
using OviFunctions.Storage;

namespace OviFunctions.Functions;

/// <summary>Whether the process runs, and whether it can work.</summary>
public sealed class HealthFunctions(IRecordStore records)
{
    private static readonly TimeSpan StorageTimeout = TimeSpan.FromSeconds(3);

    [Function("Live")]
    public static IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/live")] HttpRequest request) =>
        Answer(request, StatusCodes.Status200OK, "up");

    /// <summary>Ready when storage answers; without it no order can be taken.</summary>
    [Function("Ready")]
    public async Task<IResult> ReadyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(StorageTimeout);
        try
        {
            await records.ReadAsync<object>("health", timeout.Token);
            return Answer(request, StatusCodes.Status200OK, "ready");
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return Answer(request, StatusCodes.Status503ServiceUnavailable, "storage does not answer");
        }
    }

    private static IResult Answer(HttpRequest request, int status, string text)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return Results.Json(new { status = text }, ApiJson.Options, statusCode: status);
    }
}
