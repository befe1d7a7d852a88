using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.Payments.X402;

public sealed class PaymentChallengeTests
{
    private static readonly PaymentRequirement Price = new(EvmNetwork.Base, Samples.Merchant, 420000, 600);
    private static readonly PaymentChallenge Challenge = new(Samples.Ovi, Price);

    [Fact]
    public void HeaderValue_Ovi_IsTheV2ObjectWithinTheBudget()
    {
        var header = Challenge.HeaderValue("PAYMENT-SIGNATURE header is required");
        Assert.True(header.Length <= PaymentChallenge.MaxHeaderLength, $"{header.Length} bytes");

        var required = JsonNode.Parse(Convert.FromBase64String(header))!;
        Assert.Equal(2, (int)required["x402Version"]!);
        Assert.Equal("PAYMENT-SIGNATURE header is required", (string?)required["error"]);
        Assert.Equal("https://api.example.com/v1/videos/ovi/image-to-video/jobs", (string?)required["resource"]!["url"]);
        AssertJson("""
            {"scheme":"exact","network":"eip155:8453","amount":"420000","asset":"0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
             "payTo":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","maxTimeoutSeconds":600,"extra":{"name":"USD Coin","version":"2"}}
            """, required["accepts"]![0]!);
        Assert.False((bool)required["extensions"]!["payment-identifier"]!["info"]!["required"]!);
        var input = required["extensions"]!["bazaar"]!["schema"]!["properties"]!["input"]!["properties"]!["body"]!;
        AssertJson("""["prompt","image_url"]""", input["required"]!);
        AssertJson("""{"type":"integer","maximum":50,"minimum":1}""", input["properties"]!["num_inference_steps"]!);
    }

    // A client that echoes the header's entry has to pass our own comparison.
    [Fact]
    public void HeaderValue_EchoedByAClient_IsAccepted()
    {
        var required = JsonNode.Parse(Convert.FromBase64String(Challenge.HeaderValue("x")))!;
        var signed = Samples.Buyer.Sign(Samples.Transfer with { Value = 420000 }, EvmNetwork.Base.UsdcDomain);
        var payment = Samples.Payment(X402Version.V2, signed);
        payment["accepted"] = required["accepts"]![0]!.DeepClone();
        payment["extensions"] = required["extensions"]!.DeepClone();
        payment["resource"] = required["resource"]!.DeepClone();

        var header = Samples.Header(payment);
        Assert.True(header.Length < PaymentHeader.MaxLength);
        var decoded = Assert.IsType<PaymentDecoding.Decoded>(PaymentHeader.Decode(X402Version.V2, header)).Payment;
        Assert.Null(new RequirementCheck(new Support.ManualTimeProvider(Samples.Now), TimeSpan.FromSeconds(20)).Check(decoded, Price));
        Assert.Null(decoded.PaymentIdentifier);
    }

    [Fact]
    public void HeaderValue_AnyError_StaysWithinTheBudget()
    {
        foreach (var error in new[] { new string('x', 5000), new string('ü', 100), new string('"', 100), new string('\u0001', 120) })
            Assert.True(Challenge.HeaderValue(error).Length <= PaymentChallenge.MaxHeaderLength);
    }

    [Fact]
    public void Constructor_TextsThatMakeTheHeaderTooLong_Throws()
    {
        var example = JsonSerializer.SerializeToElement(new { prompt = new string('p', 900), image_url = "https://example.com/dog.jpg" });
        var thrown = Assert.Throws<ArgumentException>(() => new PaymentChallenge(Samples.Ovi with { BodyExample = example }, Price));
        Assert.Contains("3500", thrown.Message, StringComparison.Ordinal);
    }

    /// <summary>The address of the terms may be as long as the seller likes; clients get a header that proxies let through.</summary>
    [Theory]
    [InlineData(60, true)]
    [InlineData(500, false)]
    public void HeaderValue_Terms_AreInItUnlessTheyMakeItTooLong(int length, bool expected)
    {
        var (page, terms) = (new Uri("https://api.example.com/v1/terms"), new Uri("https://seller.example/" + new string('t', length)));
        var challenge = new PaymentChallenge(Samples.Ovi with { Terms = new SaleTerms(terms, new Uri(page, "#/refunds"), 100, 50) }, Price);

        var header = challenge.HeaderValue(new string('x', PaymentChallenge.MaxErrorLength));

        Assert.True(header.Length <= PaymentChallenge.MaxHeaderLength, $"{header.Length} bytes");
        Assert.Equal(expected, JsonNode.Parse(Convert.FromBase64String(header))!["extensions"]!["seller-terms"] is not null);
        Assert.Equal(terms.AbsoluteUri, (string?)JsonNode.Parse(challenge.Body("x"))!["seller_terms"]!["termsUrl"]);
    }

    [Fact]
    public void Constructor_TextsThatIndexesRefuse_Throws()
    {
        PaidResource[] bad =
        [
            Samples.Ovi with { ServiceName = "" },
            Samples.Ovi with { ServiceName = new string('n', 33) },
            Samples.Ovi with { ServiceName = "Ovi™" },
            Samples.Ovi with { Tags = ["1", "2", "3", "4", "5", "6"] },
            Samples.Ovi with { Description = new string('d', 501) },
            Samples.Ovi with { Url = new Uri("/v1/videos", UriKind.Relative) },
            Samples.Ovi with { BodySchema = JsonElement.Parse("{}") },
        ];
        Assert.All(bad, resource => Assert.Throws<ArgumentException>(() => new PaymentChallenge(resource, Price)));
    }

    [Fact]
    public void Body_WithProblemsOfTheRequest_CarriesThemBesideTheV1Object()
    {
        var ours = new JsonObject { ["validation"] = new JsonArray(new JsonObject { ["field"] = "prompt" }), ["retry_action"] = "resign" };
        var body = JsonNode.Parse(Challenge.Body("X-PAYMENT header is required", ours))!;
        Assert.Equal("prompt", (string?)body["validation"]![0]!["field"]);
        Assert.Equal("resign", (string?)body["retry_action"]);
        Assert.Null(JsonNode.Parse(Challenge.Body("x"))!["validation"]);
    }

    // The limits of the legacy client's schema, which drops the whole answer for one entry that breaks them.
    [Fact]
    public void Body_Entry_IsWhatTheLegacyClientParses()
    {
        var body = JsonNode.Parse(Challenge.Body("X-PAYMENT header is required"))!;
        Assert.Equal(1, (int)body["x402Version"]!);
        var entry = body["accepts"]!.AsArray().Single()!;
        Assert.Equal("base", (string?)entry["network"]);
        Assert.True(Uri.TryCreate((string?)entry["resource"], UriKind.Absolute, out _));
        Assert.Equal(JsonValueKind.Object, entry["outputSchema"]!.GetValueKind());
        Assert.Equal(["bodyFields", "bodyType", "headerFields", "method", "type"],
            entry["outputSchema"]!["input"]!.AsObject().Select(member => member.Key).Order());
    }

    // What the index lists about the original seller can be listed about us from our own 402 alone.
    [Fact]
    public void Body_TogetherWithTheHeader_RebuildsTheListing()
    {
        var listed = ListingRecord.Read("daydreams-ovi-image-to-video.json");
        // Four of the six fields that the listing calls required have defaults.
        listed["hints"]!["input"]!["body"]!["required"] = new JsonArray("prompt", "image_url");
        AssertJson(listed.ToJsonString(), ListingRecord.Rebuild(Challenge));
    }

    private static void AssertJson(string expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"Expected {expected}\nbut was {actual.ToJsonString()}");
}
