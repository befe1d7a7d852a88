using OviFunctions.Functions;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

public sealed class PreflightFunctionTests
{
    [Fact]
    public async Task Run_BrowserAsks_IsAllowedAndNeverAskedToPay()
    {
        var exchange = new HttpExchange("OPTIONS", "/v1/videos/ovi/image-to-video/jobs", ("Origin", "https://shop.example.com"), ("Access-Control-Request-Method", "POST"));

        await exchange.AnswerAsync(PreflightFunction.Run(exchange.Request));

        Assert.Equal((204, "*"), (exchange.Status, exchange.Header("Access-Control-Allow-Origin")));
        Assert.Contains("POST", exchange.Header("Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Contains("PAYMENT-SIGNATURE", exchange.Header("Access-Control-Allow-Headers"), StringComparison.Ordinal);
    }
}
