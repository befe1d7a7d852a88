using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>Answers that carry a quote, as both kinds of x402 clients read them.</summary>
public sealed class QuoteWriterTests
{
    private readonly Shop _shop = new();

    [Fact]
    public async Task Quote_NothingPaid_Is402ForBothVersions()
    {
        var answer = await AnswerAsync((model, response) => _shop.Quotes.Quote(model, response, []));

        Assert.Equal((402, "no-store"), (answer.Status, answer.Header("Cache-Control")));
        Assert.Equal("application/json", answer.Context.Response.ContentType!.Split(';')[0]);
        AssertV1(answer.Json);
        AssertV2(answer);
        Assert.Equal("Payment required", answer.Json.GetProperty("error").GetString());
        Assert.False(answer.Json.TryGetProperty("validation", out _));
    }

    [Fact]
    public async Task Quote_WrongRequest_SaysWhatToMendBeforePaying()
    {
        var answer = await AnswerAsync((model, response) => _shop.Quotes.Quote(model, response, [new FieldProblem("/prompt", "required", "prompt is missing")]));

        Assert.Equal(402, answer.Status);
        Assert.Equal(
            """[{"pointer":"/prompt","code":"required","detail":"prompt is missing"}]""", answer.Json.GetProperty("validation").GetRawText());
        AssertV1(answer.Json);
    }

    [Theory]
    [InlineData("{}", "420000")]
    [InlineData("""{"prompt":"A dog barks","image_url":"https://example.com/dog.jpg"}""", "420000")]
    [InlineData("""{"prompt":"A dog barks","image_url":"https://example.com/dog.jpg","num_inference_steps":50}""", "500000")]
    [InlineData("""{"prompt":"A dog barks","image_url":"https://example.com/dog.jpg","num_inference_steps":50,"resolution":"1120x448"}""", "1500000")]
    public async Task Order_BodyWithParameters_IsQuotedAndTakenAtItsOwnPrice(string body, string amount)
    {
        var shop = new Shop(Surcharges);
        var quote = await OrderAsync(shop, body);
        Assert.Equal((402, amount), (quote.Status, Amount(quote)));
        Assert.Equal(amount, quote.Json.GetProperty("accepts")[0].GetProperty("maxAmountRequired").GetString());

        var (cheap, right) = (shop.Pay(1, change: t => t with { Value = 419_999 }), shop.Pay(2, change: t => t with { Value = Uint256.Parse(amount) }, edit: Offer(amount)));
        if (body == "{}") return; // cannot be ordered
        var refused = await OrderAsync(shop, body, ("PAYMENT-SIGNATURE", cheap));
        Assert.Equal((402, amount), (refused.Status, Amount(refused)));
        var admitted = await OrderAsync(shop, body, ("PAYMENT-SIGNATURE", right));
        Assert.Equal((202, amount), (admitted.Status, admitted.Json.GetProperty("job").GetProperty("payment").GetProperty("amount").GetString()));
    }

    [Fact]
    public async Task Quote_Terms_AreInBothVersions()
    {
        var shop = new Shop(
            ("Seller:TermsUrl", "https://seller.example/terms"), ("Refunds:ContentPolicyPercent", "50"));
        var exchange = new HttpExchange("POST");
        await exchange.AnswerAsync(shop.Quotes.Quote(shop.Model, exchange.Context.Response, []));

        Assert.All(
            [exchange.Json.GetProperty("seller_terms"), Required(exchange).GetProperty("extensions").GetProperty("seller-terms").GetProperty("info")],
            terms =>
            {
                Assert.Equal(
                    ("https://seller.example/terms", "http://127.0.0.1:7071/v1/terms#/refunds"),
                    (terms.GetProperty("termsUrl").GetString(), terms.GetProperty("refundUrl").GetString()));
                Assert.Equal("""{"default":100,"invalid_input":100,"content_policy":50}""", terms.GetProperty("refundPercent").GetRawText());
            });
    }

    [Fact]
    public async Task Quote_PaymentsOff_Is401ForAnApiKey()
    {
        var shop = new Shop(("Payments:Enabled", "false"));

        var answer = await AnswerAsync((model, response) => shop.Quotes.Quote(model, response, [new FieldProblem("/prompt", "required", "prompt is missing")]));

        Assert.Equal((401, "Bearer"), (answer.Status, answer.Header("WWW-Authenticate")));
        Assert.Null(answer.Header("PAYMENT-REQUIRED"));
        Assert.Equal("unauthorized", answer.Json.GetProperty("code").GetString());
        Assert.Equal("/prompt", answer.Json.GetProperty("errors")[0].GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task Refuse_402_HasTheProblemBesideTheQuote()
    {
        var problem = new Problem(402, "payment_amount_mismatch", "The payment was not taken.", "Pay exactly.")
        {
            RetryAction = RetryAction.Resign, PaymentState = PaymentState.Unused,
        };

        var answer = await AnswerAsync((model, response) => _shop.Quotes.Refuse(model, response, problem, "invalid_exact_evm_value"));

        Assert.Equal(402, answer.Status);
        AssertV1(answer.Json);
        AssertV2(answer);
        Assert.Equal("invalid_exact_evm_value", answer.Json.GetProperty("error").GetString());
        Assert.Equal("invalid_exact_evm_value", Required(answer).GetProperty("error").GetString());
        Assert.Equal(
            ("urn:ovifunctions:problem:payment_amount_mismatch", "payment_amount_mismatch", 402, "Pay exactly.", "resign", "unused"),
            (Text("type"), Text("code"), answer.Json.GetProperty("status").GetInt32(), Text("detail"), Text("retry_action"), Text("payment_state")));

        string Text(string name) => answer.Json.GetProperty(name).GetString()!;
    }

    [Fact]
    public async Task Refuse_400_HasTheQuoteInTheHeader()
    {
        var answer = await AnswerAsync((model, response) => _shop.Quotes.Refuse(model, response, new Problem(400, "payment_malformed", "No."), "invalid_payload"));

        Assert.Equal((400, "application/problem+json"), (answer.Status, answer.Context.Response.ContentType));
        Assert.Equal("invalid_payload", Required(answer).GetProperty("error").GetString());
    }

    [Theory]
    [InlineData(409)]
    [InlineData(422)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Refuse_Others_AreTheProblemAlone(int status)
    {
        var answer = await AnswerAsync((model, response) => _shop.Quotes.Refuse(model, response, new Problem(status, "code", "Title.") { RetryAfterSeconds = 5 }));

        Assert.Equal((status, "application/problem+json", "5"), (answer.Status, answer.Context.Response.ContentType, answer.Header("Retry-After")));
        Assert.Null(answer.Header("PAYMENT-REQUIRED"));
    }

    [Fact]
    public async Task Refuse_401_NamesTheScheme() => Assert.Equal(
        "Bearer", (await AnswerAsync((m, response) => _shop.Quotes.Refuse(m, response, new Problem(401, "unauthorized", "No.")))).Header("WWW-Authenticate"));

    [Theory]
    [InlineData(X402Version.V1, "X-PAYMENT-RESPONSE", "base")]
    [InlineData(X402Version.V2, "PAYMENT-RESPONSE", "eip155:8453")]
    public async Task RefuseUnpaid_PaymentFailed_Is402WithAReceiptOfTheFailure(X402Version version, string header, string network)
    {
        var payment = JobSamples.PaidJob.Payment! with { Version = version };

        var answer = await AnswerAsync((model, response) => _shop.Quotes.RefuseUnpaid(model, response, payment, JobErrors.Unpaid("insufficient_funds")));

        Assert.Equal(402, answer.Status);
        AssertV1(answer.Json);
        AssertV2(answer);
        Assert.Equal(
            ("payment_not_settled", "insufficient_funds", "resign", "unused"), (Text("code"), Text("error"), Text("retry_action"), Text("payment_state")));
        Assert.Equal("insufficient_funds", Required(answer).GetProperty("error").GetString());
        var receipt = Decode(answer.Header(header)!);
        Assert.False(receipt.GetProperty("success").GetBoolean());
        Assert.Equal(
            ("insufficient_funds", "", network, payment.Authorization.Transfer.From.ToChecksumString()),
            (receipt.GetProperty("errorReason").GetString(), receipt.GetProperty("transaction").GetString(),
                receipt.GetProperty("network").GetString(), receipt.GetProperty("payer").GetString()));

        string Text(string name) => answer.Json.GetProperty(name).GetString()!;
    }

    [Fact]
    public async Task RefuseUnpaid_ImageWasBad_Is422WithItsPointer()
    {
        var answer = await AnswerAsync((model, response) => _shop.Quotes.RefuseUnpaid(
            model, response, JobSamples.PaidJob.Payment!, new JobError("image", "unreachable", "the host answered 404")));

        Assert.Equal(422, answer.Status);
        Assert.Equal(
            """[{"pointer":"/image_url","code":"unreachable","detail":"the host answered 404"}]""", answer.Json.GetProperty("errors").GetRawText());
        Assert.Equal("not_settled", Decode(answer.Header("PAYMENT-RESPONSE")!).GetProperty("errorReason").GetString());
    }

    [Fact]
    public async Task RefuseUnpaid_ImageOfAnItemWasBad_PointsToTheFieldOfTheItemsModel()
    {
        var settings = TestSettings.Read();
        var sora = new Sora2(settings, JobSamples.NewIntake(), JobSamples.NewGuard());
        IReadOnlyList<OrderItem> items = [new(_shop.Model, JobSamples.PaidJob.Request, null), new(sora, JobSamples.PaidJob.Request, null)];

        var answer = await AnswerAsync((_, response) => _shop.Quotes.RefuseUnpaid(
            _shop.Batch, response, JobSamples.PaidJob.Payment!, new JobError("image", "image_size", "Item 1") { Item = 1 }, 1_000_000, items));

        Assert.Equal("/items/1/input_reference", answer.Json.GetProperty("errors")[0].GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task RefuseUnpaid_OurFault_Is500Uncharged()
    {
        var answer = await AnswerAsync((model, response) => _shop.Quotes.RefuseUnpaid(model, response, JobSamples.PaidJob.Payment!, JobErrors.Internal));

        Assert.Equal((500, "unused"), (answer.Status, answer.Json.GetProperty("payment_state").GetString()));
    }

    private async Task<HttpExchange> AnswerAsync(Func<IVideoModel, HttpResponse, IResult> write)
    {
        var exchange = new HttpExchange("POST");
        return await exchange.AnswerAsync(write(_shop.Model, exchange.Context.Response));
    }

    private static (string, string?)[] Surcharges =>
    [
        ("Prices:OviImageToVideoSurcharges:0:FromSteps", "41"), ("Prices:OviImageToVideoSurcharges:0:Usdc", "0.08"),
        ("Prices:OviImageToVideoSurcharges:1:Resolution", "1120x448"), ("Prices:OviImageToVideoSurcharges:1:Usdc", "1"),
    ];

    private static Action<JsonObject> Offer(string amount) => payment => payment["accepted"]!["amount"] = amount;

    private static string? Amount(HttpExchange answer) => Required(answer).GetProperty("accepts")[0].GetProperty("amount").GetString();

    private static async Task<HttpExchange> OrderAsync(Shop shop, string body, params (string Name, string Value)[] headers)
    {
        var exchange = new HttpExchange("POST", "/", headers).WithBody(body);
        return await exchange.AnswerAsync(await shop.Orders.OrderAsync(shop.Model, exchange.Request, shop.Client, default));
    }

    private static void AssertV1(JsonElement body)
    {
        Assert.Equal(1, body.GetProperty("x402Version").GetInt32());
        var offer = body.GetProperty("accepts")[0];
        Assert.Equal(
            ("exact", "base", "420000", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", 600),
            (offer.GetProperty("scheme").GetString(), offer.GetProperty("network").GetString(), offer.GetProperty("maxAmountRequired").GetString(),
                offer.GetProperty("payTo").GetString(), offer.GetProperty("maxTimeoutSeconds").GetInt32()));
    }

    private static void AssertV2(HttpExchange answer)
    {
        var required = Required(answer);
        Assert.Equal(2, required.GetProperty("x402Version").GetInt32());
        var offer = required.GetProperty("accepts")[0];
        Assert.Equal(("eip155:8453", "420000"), (offer.GetProperty("network").GetString(), offer.GetProperty("amount").GetString()));
    }

    private static JsonElement Required(HttpExchange answer) => Decode(answer.Header("PAYMENT-REQUIRED")!);

    private static JsonElement Decode(string header) => JsonElement.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(header)));
}
