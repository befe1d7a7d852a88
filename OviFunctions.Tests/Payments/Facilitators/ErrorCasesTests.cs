using System.Net;
using System.Text.Json;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Facilitators;

/// <summary>
/// The 101 error cases of the captures against Data/x402-captures/ours.txt: what our decoder and check make of the
/// case's header, and what we make of each answer that a facilitator gave in it.
/// </summary>
public sealed class ErrorCasesTests
{
    private static readonly Dictionary<string, string> Expected = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "x402-captures", "ours.txt"))
        .Where(line => !line.StartsWith('#')).Select(line => line.Split('|', 2))
        .ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim());

    public static TheoryData<string> Cases => [.. Captures.Errors.EnumerateObject().Select(error => error.Name)];

    [Fact]
    public void Table_OfOurAnswers_HasEveryCase()
    {
        Assert.Equal(101, Cases.Count);
        Assert.Equal(Captures.Errors.EnumerateObject().Select(error => error.Name), Expected.Keys);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Case_AsCaptured_IsAnsweredAsTheTableSays(string name)
    {
        var ours = Versions(name).Select(version => CapturedCase.Header(name, version) is { } header ? Ours(version, header) : "-");
        var (verify, settle) = (new List<string>(), new List<string>());
        foreach (var (to, answer) in FacilitatorAnswers(name))
        {
            if (to.Contains("verify", StringComparison.OrdinalIgnoreCase)) verify.Add(await VerifyAsync(answer));
            else settle.Add(await SettleAsync(answer));
        }
        Assert.Equal(Expected[name], $"{Cell(ours)} | {Cell(verify)} | {Cell(settle)}");
    }

    // A facilitator's word is taken only after our own check, so its wrong yes has to meet our no.
    [Fact]
    public void Table_FacilitatorsThatSayYesToAWrongPayment_MeetOurNo()
    {
        string[] theyTake =
        [
            "validBefore_far_future_10y.v1", "amount_too_high.v1", "wrong_asset_in_accepted_v2.v2", "signature_high_s.v1", "value_json_number.v2",
        ];
        Assert.All(theyTake, name =>
        {
            Assert.Contains("valid", Expected[name].Split('|')[1].Split(',').Select(answer => answer.Trim()));
            Assert.NotEqual("ok", Expected[name].Split('|')[0].Trim());
        });
    }

    private static string Cell(IEnumerable<string> results) => string.Join(", ", results.DefaultIfEmpty("-"));

    private static X402Version[] Versions(string name) => name.Split('.')[^1] switch
    {
        "v1" => [X402Version.V1],
        "v2" => [X402Version.V2],
        _ => [X402Version.V1, X402Version.V2],
    };

    // Answers of the reference servers are not ours to read.
    private static IEnumerable<(string To, JsonElement Answer)> FacilitatorAnswers(string name) =>
        from exchange in Captures.Errors.GetProperty(name).EnumerateObject()
        where !exchange.Name.Contains("server", StringComparison.OrdinalIgnoreCase)
        from answer in exchange.Value.ValueKind == JsonValueKind.Array ? exchange.Value.EnumerateArray().ToArray() : [exchange.Value]
        where answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("status", out _)
        select (exchange.Name, answer);

    private static string Ours(X402Version version, string header) => PaymentHeader.Decode(version, header) switch
    {
        PaymentDecoding.Refused refused => $"400 {refused.Problem.Code}",
        PaymentDecoding.Decoded decoded => new RequirementCheck(new ManualTimeProvider(Samples.Now), TimeSpan.FromSeconds(20))
            .Check(decoded.Payment, Samples.Requirement)?.Code ?? "ok",
        _ => "",
    };

    private static async Task<string> VerifyAsync(JsonElement answer) =>
        await Facilitator(answer).VerifyAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None) switch
        {
            VerifyOutcome.Valid => "valid",
            VerifyOutcome.Invalid invalid => invalid.Code,
            _ => "unreachable",
        };

    private static async Task<string> SettleAsync(JsonElement answer) =>
        await Facilitator(answer).SettleAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None) switch
        {
            SettleOutcome.Settled => "settled",
            SettleOutcome.Pending => "pending",
            SettleOutcome.Refused refused => refused.Transaction is null ? refused.Code : $"{refused.Code} with a transaction",
            _ => "unknown",
        };

    private static HttpFacilitator Facilitator(JsonElement answer)
    {
        var body = answer.GetProperty("body");
        var text = body.ValueKind == JsonValueKind.String ? body.GetString()! : body.GetRawText();
        var http = new StubHttp((HttpStatusCode)answer.GetProperty("status").GetInt32(), text);
        return new HttpFacilitator(new HttpClient(http), new FacilitatorOptions("captured", new Uri("https://facilitator.example/")),
            new ManualTimeProvider(Samples.Now), new LogSink<HttpFacilitator>());
    }
}
