using System.Net;
using System.Text.Json;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Facilitators;

/// <summary>What facilitators answered in a case of the captures, and a facilitator that answers so again.</summary>
internal static class CapturedAnswers
{
    public static IEnumerable<JsonElement> Verify(string name) => Of(name, verify: true);

    public static IEnumerable<JsonElement> Settle(string name) => Of(name, verify: false);

    /// <summary>Our client, at a facilitator with this answer.</summary>
    public static HttpFacilitator Facilitator(JsonElement answer)
    {
        var body = answer.GetProperty("body");
        var text = body.ValueKind == JsonValueKind.String ? body.GetString()! : body.GetRawText();
        return Facilitator(new StubHttp((HttpStatusCode)answer.GetProperty("status").GetInt32(), text));
    }

    /// <summary>Our client, at a facilitator that is not there.</summary>
    public static HttpFacilitator NoFacilitator() =>
        Facilitator(new StubHttp((_, _, _) => throw new HttpRequestException(HttpRequestError.ConnectionError)));

    private static HttpFacilitator Facilitator(StubHttp http) =>
        new(new HttpClient(http), new FacilitatorOptions("captured", new Uri("https://facilitator.example/")),
            new ManualTimeProvider(Samples.Now), new LogSink<HttpFacilitator>());

    // Answers of the reference servers are not ours to read.
    private static IEnumerable<JsonElement> Of(string name, bool verify) =>
        from exchange in Captures.Errors.GetProperty(name).EnumerateObject()
        where !exchange.Name.Contains("server", StringComparison.OrdinalIgnoreCase)
            && exchange.Name.Contains("verify", StringComparison.OrdinalIgnoreCase) == verify
        from answer in exchange.Value.ValueKind == JsonValueKind.Array ? exchange.Value.EnumerateArray().ToArray() : [exchange.Value]
        where answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("status", out _)
        select answer;
}
