using OviFunctions.Functions;
using OviFunctions.Jobs;
using OviFunctions.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>The page to which quotes lead.</summary>
public sealed class TermsFunctionTests
{
    [Fact]
    public async Task Run_Terms_SayWhatIsChargedAndWhatComesBack()
    {
        var settings = TestSettings.Read(
            ("Seller:ServiceName", "Videos"), ("Refunds:InvalidInputPercent", "80"), ("Refunds:ContentPolicyPercent", "50"),
            ("Prices:OviImageToVideoSurcharges:0:FromSteps", "40"), ("Prices:OviImageToVideoSurcharges:0:Usdc", "0.1"));
        var model = new OviImageToVideo(settings, JobSamples.NewIntake(), JobSamples.NewGuard());
        var terms = new TermsOfSale(settings, new VideoModels([model]), new Till(settings.Payments));
        var exchange = new HttpExchange();

        await exchange.AnswerAsync(new TermsFunction(terms).Run(exchange.Request));

        Assert.Equal((200, "*", "public, max-age=300"), (exchange.Status, exchange.Header("Access-Control-Allow-Origin"), exchange.Header("Cache-Control")));
        Assert.Equal(("Videos", "http://127.0.0.1:7071/v1/terms"), (exchange.Json.GetProperty("seller").GetString(), exchange.Json.GetProperty("terms_url").GetString()));
        var price = exchange.Json.GetProperty("prices")[0];
        Assert.Equal(
            ("ovi/image-to-video", "eip155:8453", 0.42m, 0.52m),
            (price.GetProperty("model").GetString(), price.GetProperty("network").GetString(), price.GetProperty("price").GetDecimal(), price.GetProperty("highest_price").GetDecimal()));
        // The fragment of the refund URL is a JSON pointer into this page.
        var percent = exchange.Json.GetProperty(TermsOfSale.Of(settings).Refunds.Fragment[2..]).GetProperty("percent");
        Assert.Equal(
            (100, 100, 80, 50),
            (percent.GetProperty("provider_failure").GetInt32(), percent.GetProperty("deadline").GetInt32(),
                percent.GetProperty("invalid_input").GetInt32(), percent.GetProperty("content_policy").GetInt32()));
    }
}
