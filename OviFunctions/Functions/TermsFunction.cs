using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http;
using OviFunctions.Jobs;

namespace OviFunctions.Functions;

/// <summary>The terms of sale, and what is refunded: quotes lead here.</summary>
public sealed class TermsFunction(TermsOfSale terms)
{
    [Function("Terms")]
    public IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = TermsOfSale.Route)] HttpRequest request)
    {
        CrossOrigin.Allow(request.HttpContext.Response);
        request.HttpContext.Response.Headers.CacheControl = "public, max-age=300";
        return Results.Json(terms.Page, ApiJson.Options);
    }
}
