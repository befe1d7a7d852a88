using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http;
using OviFunctions.Jobs;

namespace OviFunctions.Functions;

/// <summary>What is sold, for programs that choose before they order.</summary>
public sealed class ModelsFunction(ModelList models)
{
    [Function("Models")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = ModelList.Route)] HttpRequest request, CancellationToken cancellationToken)
    {
        CrossOrigin.Allow(request.HttpContext.Response);
        var list = await models.ReadAsync(cancellationToken);
        request.HttpContext.Response.Headers.CacheControl = "public, max-age=30";
        return Results.Json(list, ApiJson.Options);
    }
}
