using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OviFunctions.Http;

namespace OviFunctions.Functions;

/// <summary>Whether the process runs, and whether it can work.</summary>
public sealed class HealthFunctions(HealthCheckService checks)
{
    [Function("Live")]
    public static IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/live")] HttpRequest request) =>
        Answer(request, StatusCodes.Status200OK, new { status = "up" });

    /// <summary>
    /// 200 when every part works, a degraded one too, 503 when one does not; each part by name, without details for strangers.
    /// </summary>
    [Function("Ready")]
    public async Task<IResult> ReadyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request, CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(cancellationToken);
        var ready = report.Status != HealthStatus.Unhealthy;
        return Answer(request, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, new
        {
            status = ready ? "ready" : "not_ready",
            parts = report.Entries.ToDictionary(entry => entry.Key, entry => Codes.Of(entry.Value.Status)),
        });
    }

    private static IResult Answer(HttpRequest request, int status, object body)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return Results.Json(body, ApiJson.Options, statusCode: status);
    }
}
