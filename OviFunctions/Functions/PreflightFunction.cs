using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http;

namespace OviFunctions.Functions;

/// <summary>CORS preflights; they are never answered with 402.</summary>
public static class PreflightFunction
{
    [Function("Preflight")]
    public static IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "options", Route = "v1/{*path}")] HttpRequest request)
    {
        CrossOrigin.AllowPreflight(request.HttpContext.Response);
        return Results.NoContent();
    }
}
