using System.Text.Json.Nodes;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>What probes, indexes, browsers and buyers without a payment are told.</summary>
public sealed class QuoteTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("POST", "")]
    [InlineData("POST", "{}")]
    [InlineData("POST", "nonsense")]
    [InlineData("GET", null)]
    public async Task Probe_Is402WithBothVersions(string method, string? body)
    {
        using var content = body is null ? null : new StringContent(body);

        var answer = await Shop.SendAsync(new HttpMethod(method), Shop.JobsPath, content);

        Assert.Equal((402, "application/json"), (answer.Status, answer.Header("Content-Type")));
        var quote = new Quote(answer);
        var (v1, v2) = (quote.V1.Find("accepts.0")!.Value, quote.V2.Find("accepts.0")!.Value);
        Assert.Equal(("exact", "base-sepolia", "420000"), (v1.Text("scheme"), v1.Text("network"), v1.Text("maxAmountRequired")));
        Assert.Equal(("exact", "eip155:84532", "420000"), (v2.Text("scheme"), v2.Text("network"), v2.Text("amount")));
        Assert.Equal((Chain.Network.Usdc, 600), (v2.Text("asset"), v2.GetProperty("maxTimeoutSeconds").GetInt32()));
        Assert.Equal(new Uri(Gateway.Process.Url, Shop.JobsPath).AbsoluteUri, quote.V2.Text("resource.url"));
        Assert.Equal("no-store", answer.Header("Cache-Control"));
        Assert.Equal("*", answer.Header("Access-Control-Allow-Origin"));
        Assert.Contains("PAYMENT-REQUIRED", answer.Header("Access-Control-Expose-Headers")!, StringComparison.Ordinal);
        Assert.InRange(answer.Header("PAYMENT-REQUIRED")!.Length, 1, 3500);
    }

    [Fact]
    public async Task Probe_LeadsToTheTerms()
    {
        var quote = new Quote(await Shop.OrderAsync(""));

        var terms = new Uri(quote.V2.Text("extensions.seller-terms.info.termsUrl")!);
        var refunds = new Uri(quote.V1.Text("seller_terms.refundUrl")!);
        var page = await Shop.GetAsync(terms.PathAndQuery);

        Assert.Equal((200, terms.AbsolutePath), (page.Status, refunds.AbsolutePath));
        Assert.Equal(["ovi/image-to-video", "ovi/text-to-video", "sora-2", "batch"], page.Json.Find("prices")!.Value.EnumerateArray().Select(price => price.Text("model")));
        Assert.NotNull(page.Text("refunds.how"));
    }

    [Fact]
    public async Task Head_IsTheQuoteWithoutABody()
    {
        var answer = await Shop.SendAsync(HttpMethod.Head, Shop.JobsPath);

        Assert.Equal((402, 0), (answer.Status, answer.Body.Length));
        Assert.NotNull(answer.Header("PAYMENT-REQUIRED"));
    }

    [Fact]
    public async Task EmptyPost_HasNothingToComplainAbout() =>
        Assert.Null((await Shop.OrderAsync("")).Json.Find("validation"));

    [Fact]
    public async Task ListingsOwnExample_Is402AndNamesTheMissingPrompt()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Data", "daydreams-ovi-image-to-video.json");
        var listing = JsonNode.Parse(await File.ReadAllTextAsync(file))!;

        var answer = await Shop.OrderAsync(listing["example_request_body"]!.ToJsonString());

        Assert.Equal(402, answer.Status);
        Assert.Equal(1, answer.Json.Count("validation"));
        Assert.Equal(("/prompt", "required"), (answer.Text("validation.0.pointer"), answer.Text("validation.0.code")));
        Assert.NotNull(new Quote(answer).V2.Find("accepts.0"));
    }

    [Fact]
    public async Task GoodBody_IsQuotedWithoutComplaint()
    {
        var answer = await Shop.OrderAsync(Body().ToJsonString());

        Assert.Equal(402, answer.Status);
        Assert.Null(answer.Json.Find("validation"));
    }

    [Theory]
    [InlineData(Shop.JobsPath)]
    [InlineData("/v1/videos/jobs/job_x")]
    [InlineData("/v1/videos/jobs/job_x/content")]
    public async Task Preflight_AllowsWhatClientsSend(string path)
    {
        var answer = await Shop.SendAsync(HttpMethod.Options, path, headers:
        [
            ("Origin", "https://example.com"),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type,payment-signature,x-payment,access-control-expose-headers"),
        ]);

        Assert.Equal((204, "*"), (answer.Status, answer.Header("Access-Control-Allow-Origin")));
        var allowed = answer.Header("Access-Control-Allow-Headers")!.Split(',', StringSplitOptions.TrimEntries);
        string[] sent =
            ["Content-Type", "PAYMENT-SIGNATURE", "X-PAYMENT", "Authorization", "Idempotency-Key", "Access-Control-Expose-Headers"];
        Assert.Empty(sent.Except(allowed, StringComparer.OrdinalIgnoreCase));
        Assert.Contains("POST", answer.Header("Access-Control-Allow-Methods")!, StringComparison.Ordinal);
    }
}
