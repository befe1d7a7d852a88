using System.Text.Json;
using OviFunctions.Jobs;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;
using OviFunctions.Routing;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>Orders of a model that is off until somebody serves it.</summary>
public sealed class Sora2OrderTests
{
    private const string Body = """{"prompt":"A dog barks"}""";

    private readonly Shop _shop = new();
    private readonly Sora2 _model = new(TestSettings.Read(), JobSamples.NewIntake(), JobSamples.NewGuard());

    public Sora2OrderTests() => _shop.Gates.Add(new RouteGate(new OrderRoutes(_shop.Router)));

    public static TheoryData<string, string?> Requests => new()
    {
        { "GET", null }, { "POST", null }, { "POST", "PAYMENT-SIGNATURE" }, { "POST", "X-PAYMENT" }, { "POST", "Authorization" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task AnyRequest_NobodyServesIt_Is503WithTheReasonAndNothingIsKept(string method, string? header)
    {
        _shop.Offer = _ => new ProviderOffer.NotOffered();

        var answer = await AskAsync(method, header);

        Assert.Equal((503, null), (answer.Status, answer.Header("PAYMENT-REQUIRED")));
        Assert.Equal("model_unavailable", answer.Json.GetProperty("code").GetString());
        var detail = answer.Json.GetProperty("detail").GetString();
        Assert.Contains("OpenAI shut Sora 2 down on 2026-09-24", detail, StringComparison.Ordinal);
        Assert.EndsWith("configured here. Nothing was charged.", detail, StringComparison.Ordinal);
        Assert.Empty(_shop.Records.Names);
    }

    [Fact]
    public async Task AnyRequest_SomebodyServesIt_IsQuotedInBothVersions()
    {
        foreach (var method in (string[])["GET", "POST"])
        {
            var answer = await AskAsync(method, header: null);

            Assert.Equal(402, answer.Status);
            Assert.Equal("1050000", answer.Json.GetProperty("accepts")[0].GetProperty("maxAmountRequired").GetString());
            var required = JsonElement.Parse(Convert.FromBase64String(answer.Header("PAYMENT-REQUIRED")!));
            Assert.Equal("1050000", required.GetProperty("accepts")[0].GetProperty("amount").GetString());
        }
    }

    [Fact]
    public async Task Order_LongerThanTheServerMakes_Is422ThatNamesTheField()
    {
        _shop.Offer = needs => needs.Seconds > 12 ? new ProviderOffer.Lacks(RequestFields.Seconds) : new ProviderOffer.Takes(0.40m);

        var answer = await AskAsync("POST", header: null, """{"prompt":"A dog barks","seconds":16}""");

        Assert.Equal((422, null), (answer.Status, answer.Header("PAYMENT-REQUIRED")));
        Assert.Contains("seconds: 16", answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private async Task<HttpExchange> AskAsync(string method, string? header, string body = Body)
    {
        var value = header switch
        {
            "Authorization" => $"Bearer {TestSettings.ApiKey}",
            "X-PAYMENT" => _shop.Pay(version: X402Version.V1),
            _ => _shop.Pay(),
        };
        var exchange = header is null ? new HttpExchange(method) : new HttpExchange(method, "/", (header, value), ("Idempotency-Key", "1"));
        return await exchange.AnswerAsync(method == "GET"
            ? await _shop.Orders.QuoteAsync(_model, exchange.Request, default)
            : await _shop.Orders.OrderAsync(_model, exchange.WithBody(body).Request, _shop.Client, default));
    }
}
