using OviFunctions.Http;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http;

/// <summary>What a buyer's page in a browser may send and read.</summary>
public sealed class CrossOriginTests
{
    [Theory]
    [InlineData("PAYMENT-SIGNATURE")]
    [InlineData("X-PAYMENT")]
    [InlineData("Authorization")]
    [InlineData("Idempotency-Key")]
    [InlineData("Content-Type")]
    [InlineData("Prefer")]
    [InlineData("Range")]
    [InlineData("Access-Control-Expose-Headers")] // the reference clients send it
    public void AllowPreflight_HeadersOfBuyers_MayBeSent(string header) => Assert.Contains(header, Preflight("Access-Control-Allow-Headers"));

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public void AllowPreflight_MethodsOfTheApi_MayBeUsed(string method) => Assert.Contains(method, Preflight("Access-Control-Allow-Methods"));

    [Theory]
    [InlineData("PAYMENT-REQUIRED")]
    [InlineData("PAYMENT-RESPONSE")]
    [InlineData("X-PAYMENT-RESPONSE")]
    [InlineData("Location")]
    [InlineData("Retry-After")]
    [InlineData("RateLimit")]
    [InlineData("RateLimit-Policy")]
    [InlineData("ETag")]
    [InlineData("Content-Range")]
    public void Allow_HeadersOfAnswers_MayBeRead(string header)
    {
        var exchange = new HttpExchange();

        CrossOrigin.Allow(exchange.Context.Response);

        Assert.Contains(header, exchange.Header("Access-Control-Expose-Headers")!.Split(", "));
        Assert.Equal("*", exchange.Header("Access-Control-Allow-Origin"));
        // With "*" a browser sends no cookies, so nobody's session can be used.
        Assert.Null(exchange.Header("Access-Control-Allow-Credentials"));
    }

    private static string[] Preflight(string name)
    {
        var exchange = new HttpExchange("OPTIONS");
        CrossOrigin.AllowPreflight(exchange.Context.Response);
        return exchange.Header(name)!.Split(", ");
    }
}
