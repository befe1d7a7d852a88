using System.Net;
using System.Text.Json.Nodes;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Facilitators;

public sealed class HttpFacilitatorTests
{
    private const string Transaction = "0x0707070707070707070707070707070707070707070707070707070707070707";
    private const string Payer = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";

    private readonly LogSink<HttpFacilitator> _log = new();
    private readonly ManualTimeProvider _time = new(Samples.Now);

    // Byte for byte what the reference server sent to its facilitator, but for key order and our own resource.
    [Theory]
    [InlineData("v1-3-facilitator-verify.json", X402Version.V1)]
    [InlineData("v2-3-facilitator-verify.json", X402Version.V2)]
    public async Task VerifyAsync_CapturedPayment_SendsWhatTheReferenceServerSent(string file, X402Version version)
    {
        var captured = JsonNode.Parse(Captures.Body(Captures.Read(file).GetProperty("request")))!;
        var http = new StubHttp(HttpStatusCode.OK, $$"""{"isValid":true,"payer":"{{Payer}}"}""");
        var payment = Assert.IsType<PaymentDecoding.Decoded>(
            PaymentHeader.Decode(version, Samples.Header(captured["paymentPayload"]!))).Payment;
        var resource = Samples.Ovi with { Url = new Uri("http://127.0.0.1:5031/v1/video"), Description = "One video generation job" };

        var outcome = await Facilitator(http, version).VerifyAsync(
            payment.Authorization, Samples.Requirement, resource, CancellationToken.None);

        Assert.Equal(new VerifyOutcome.Valid(Samples.Buyer.Address), outcome);
        Assert.Equal(("POST", new Uri("https://facilitator.example/x402/verify")), (http.Sent[0].Method, http.Sent[0].Url));
        var sent = JsonNode.Parse(http.Sent[0].Body)!.AsObject();
        Strip(captured);
        Strip(sent);
        Assert.True(JsonNode.DeepEquals(captured, sent), $"Captured {captured.ToJsonString()}\nbut sent {sent.ToJsonString()}");
    }

    [Fact]
    public async Task SettleAsync_Refund_NeedsNoResource()
    {
        var http = new StubHttp(HttpStatusCode.OK, Settled());
        Assert.IsType<SettleOutcome.Settled>(
            await Facilitator(http).SettleAsync(Samples.Authorization, Samples.Requirement, null, CancellationToken.None));
        var payload = JsonNode.Parse(http.Sent[0].Body)!["paymentPayload"]!.AsObject();
        Assert.Equal(["accepted", "payload", "x402Version"], payload.Select(member => member.Key).Order());
    }

    [Fact]
    public async Task Calls_RefundAtAFacilitatorOfVersion1_AreNotSent()
    {
        var http = new StubHttp(HttpStatusCode.OK, Settled());
        var facilitator = Facilitator(http, X402Version.V1);
        Assert.IsType<SettleOutcome.Unknown>(await facilitator.SettleAsync(Samples.Authorization, Samples.Requirement, null, CancellationToken.None));
        Assert.IsType<VerifyOutcome.Unreachable>(await facilitator.VerifyAsync(Samples.Authorization, Samples.Requirement, null, CancellationToken.None));
        Assert.Empty(http.Sent);
    }

    [Theory]
    [InlineData(401, """{"error":"bad token"}""", true, true)]
    [InlineData(404, "<html>", true, true)]
    [InlineData(500, """{"error":"No facilitator registered for scheme: exact and network: eip155:8453"}""", true, true)]
    [InlineData(429, "slow down", false, false)]
    [InlineData(408, "", false, false)]
    [InlineData(502, "<html>", false, false)]
    [InlineData(500, """{"error":"fetch failed"}""", false, true)]
    public async Task Calls_AnswerThatIsNone_TellsOneThatRefusesUsFromOneThatIsDown(int status, string body, bool isMisconfigured, bool answered)
    {
        var http = new StubHttp((HttpStatusCode)status, body);
        var verify = await Facilitator(http).VerifyAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None);
        var supported = await Facilitator(http).SupportedAsync(CancellationToken.None);
        var unreachable = Assert.IsType<VerifyOutcome.Unreachable>(verify);
        var unknown = Assert.IsType<SettleOutcome.Unknown>(await SettleAsync(http));
        Assert.Equal((isMisconfigured, answered), (unreachable.IsMisconfigured, unreachable.Answered));
        Assert.Equal((isMisconfigured, answered), (unknown.IsMisconfigured, unknown.Answered));
        Assert.Equal(isMisconfigured, Assert.IsType<SupportedOutcome.Unreachable>(supported).IsMisconfigured);
        Assert.Equal(isMisconfigured ? 2 : 0, _log.Lines.Count(line => line.StartsWith("Error: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task SettleAsync_SecondTime_SendsTheSameBytes()
    {
        var http = new StubHttp(HttpStatusCode.OK, Settled());
        var facilitator = Facilitator(http);
        await facilitator.SettleAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None);
        await facilitator.SettleAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None);
        Assert.Equal(http.Sent[0].Body, http.Sent[1].Body);
    }

    [Fact]
    public async Task VerifyAsync_WithAToken_SendsItAndLogsItNowhere()
    {
        var http = new StubHttp(HttpStatusCode.Unauthorized, """{"error":"bad token"}""");
        var options = new FacilitatorOptions("one", new Uri("https://facilitator.example/")) { BearerToken = "sesame" };
        await new HttpFacilitator(new HttpClient(http), options, _time, _log)
            .VerifyAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None);
        Assert.Equal("Bearer sesame", http.Sent[0].Authorization);
        Assert.DoesNotContain("sesame", string.Concat(_log.Lines) + options, StringComparison.Ordinal);
    }

    public static TheoryData<int, string, SettleOutcome> SettleAnswers => new()
    {
        { 200, Settled(), new SettleOutcome.Settled(Bytes32.Parse(Transaction)) },
        { 200, Settled(network: "base"), new SettleOutcome.Settled(Bytes32.Parse(Transaction)) },
        { 500, """{"success":false,"errorReason":"settlement_pending","transaction":"TX"}""",
            new SettleOutcome.Pending(Bytes32.Parse(Transaction)) },
        { 200, """{"success":false,"errorReason":"settlement_pending","transaction":""}""", new SettleOutcome.Pending(null) },
        { 200, """{"success":false,"errorReason":"insufficient_funds","transaction":""}""",
            new SettleOutcome.Refused("insufficient_funds", null) },
        { 400, """{"success":false,"errorReason":"invalid_exact_evm_transaction_failed","transaction":"TX"}""",
            new SettleOutcome.Refused("invalid_exact_evm_transaction_failed", Bytes32.Parse(Transaction)) },
        { 200, """{"success":false,"errorReason":"The contract reverted: http://rpc/key","transaction":""}""",
            new SettleOutcome.Refused("unspecified", null) },
        { 200, """{"success":false}""", new SettleOutcome.Refused("unspecified", null) },
    };

    [Theory]
    [MemberData(nameof(SettleAnswers))]
    public async Task SettleAsync_Answer_IsReadWhateverItsStatus(int status, string body, SettleOutcome expected) =>
        Assert.Equal(expected,
            await SettleAsync(new StubHttp((HttpStatusCode)status, body.Replace("TX", Transaction, StringComparison.Ordinal))));

    // Nothing of these is a settlement, and nothing of these is a refusal.
    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "<html>")]
    [InlineData(200, "[]")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"success":"true","transaction":"TX"}""")]
    [InlineData(200, """{"success":true}""")]
    [InlineData(200, """{"success":true,"transaction":""}""")]
    [InlineData(200, """{"success":true,"transaction":"0x12"}""")]
    [InlineData(200, """{"success":true,"success":false,"transaction":"TX"}""")]
    [InlineData(502, """{"success":true,"transaction":"TX"}""")]
    [InlineData(200, """{"success":true,"transaction":"TX","network":"eip155:84532"}""")]
    [InlineData(200, """{"success":true,"transaction":"TX","payer":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8"}""")]
    [InlineData(200, """{"success":true,"transaction":"TX","payer":"nobody"}""")]
    [InlineData(200, """{"success":true,"transaction":"TX","amount":"49999"}""")]
    [InlineData(500, """{"error":"No facilitator registered"}""")]
    [InlineData(307, """{"success":true,"transaction":"TX"}""")]
    [InlineData(307, """{"success":false,"errorReason":"insufficient_funds"}""")]
    public async Task SettleAsync_AnswerThatProvesNothing_IsUnknown(int status, string body) =>
        Assert.IsType<SettleOutcome.Unknown>(
            await SettleAsync(new StubHttp((HttpStatusCode)status, body.Replace("TX", Transaction, StringComparison.Ordinal))));

    [Theory]
    [InlineData(65536, true)]
    [InlineData(65537, false)]
    public async Task SettleAsync_LongAnswer_IsBounded(int length, bool read)
    {
        var body = Settled();
        var outcome = await SettleAsync(new StubHttp(HttpStatusCode.OK, body + new string(' ', length - body.Length)));
        Assert.Equal(read, outcome is SettleOutcome.Settled);
        Assert.Equal(read, outcome is not SettleOutcome.Unknown);
    }

    [Fact]
    public async Task SettleAsync_EndlessAnswer_IsCutOff()
    {
        var http = new StubHttp((_, _, _) => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(new EndlessStream()) }));
        var unknown = Assert.IsType<SettleOutcome.Unknown>(await SettleAsync(http));
        Assert.Contains("65536", unknown.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SettleAsync_FollowedRedirect_IsUnknown()
    {
        var elsewhere = new StubHttp((_, _, _) =>
        {
            var response = StubHttp.Response(HttpStatusCode.OK, Settled());
            response.RequestMessage = new HttpRequestMessage(HttpMethod.Post, "https://elsewhere.example/settle");
            return Task.FromResult(response);
        });
        Assert.IsType<SettleOutcome.Unknown>(await SettleAsync(elsewhere));
    }

    [Fact]
    public async Task SettleAsync_NoAnswerInTime_IsUnknown()
    {
        var http = new StubHttp(async (_, _, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return null!;
        });
        var settle = SettleAsync(http);
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Contains("30 s", Assert.IsType<SettleOutcome.Unknown>(await settle).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SettleAsync_CallerGivesUp_Throws()
    {
        using var caller = new CancellationTokenSource();
        var http = new StubHttp(async (_, _, token) =>
        {
            await caller.CancelAsync();
            token.ThrowIfCancellationRequested();
            return null!;
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Facilitator(http).SettleAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, caller.Token));
    }

    [Fact]
    public async Task Calls_NobodyListens_AreUnreachableOrUnknown()
    {
        using var client = new HttpClient(HttpFacilitator.CreateHandler());
        var facilitator = new HttpFacilitator(
            client, new FacilitatorOptions("down", new Uri("http://127.0.0.1:1/")), TimeProvider.System, _log);
        Assert.IsType<VerifyOutcome.Unreachable>(
            await facilitator.VerifyAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None));
        Assert.IsType<SettleOutcome.Unknown>(
            await facilitator.SettleAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None));
        Assert.IsType<SupportedOutcome.Unreachable>(await facilitator.SupportedAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(500, """{"isValid":true}""")]
    [InlineData(200, """{"isValid":true,"payer":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8"}""")]
    [InlineData(200, """{"isValid":1}""")]
    [InlineData(200, """{"valid":true}""")]
    [InlineData(503, "busy")]
    public async Task VerifyAsync_AnswerThatSaysNothing_IsUnreachable(int status, string body) =>
        Assert.IsType<VerifyOutcome.Unreachable>(await Facilitator(new StubHttp((HttpStatusCode)status, body))
            .VerifyAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None));

    [Fact]
    public async Task SettleAsync_TextFullOfSecrets_IsLoggedScrubbedAndShort()
    {
        var text = $"HTTP request failed. URL: https://rpc.example/v2/SECRETKEY raw 0x{new string('a', 500)} \\u0007\\n"
            + new string('z', 3000);
        var http = new StubHttp(
            HttpStatusCode.OK, $$"""{"success":false,"errorReason":"{{text}}","errorMessage":"{{text}}","transaction":""}""");
        Assert.Equal(new SettleOutcome.Refused("unspecified", null), await SettleAsync(http));
        var line = Assert.Single(_log.Lines);
        Assert.DoesNotContain("SECRETKEY", line, StringComparison.Ordinal);
        Assert.DoesNotContain("aaaaaaaa", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line, char.IsControl);
        Assert.InRange(line.Length, 1, 300);
    }

    [Theory]
    [InlineData("facilitator-supported.json", 2)]
    [InlineData("legacy-facilitator-supported.json", 1)]
    public async Task SupportedAsync_CapturedAnswer_ListsItsKinds(string file, int count)
    {
        var body = System.Text.Encoding.UTF8.GetString(Captures.Body(Captures.Read(file).GetProperty("response")));
        var http = new StubHttp(HttpStatusCode.OK, body);
        var supported = Assert.IsType<SupportedOutcome.Supported>(await Facilitator(http).SupportedAsync(CancellationToken.None));
        Assert.Equal(count, supported.Kinds.Count);
        Assert.Contains(new SupportedKind(1, "exact", "base"), supported.Kinds);
        Assert.Equal(("GET", new Uri("https://facilitator.example/x402/supported")), (http.Sent[0].Method, http.Sent[0].Url));
    }

    private static string Settled(string network = "eip155:8453") =>
        $$"""{"success":true,"transaction":"{{Transaction}}","network":"{{network}}","payer":"{{Payer}}","amount":"50000"}""";

    private Task<SettleOutcome> SettleAsync(StubHttp http) =>
        Facilitator(http).SettleAsync(Samples.Authorization, Samples.Requirement, Samples.Ovi, CancellationToken.None);

    private HttpFacilitator Facilitator(StubHttp http, X402Version version = X402Version.V2) => new(
        new HttpClient(http), new FacilitatorOptions("test", new Uri("https://facilitator.example/x402")) { Version = version },
        _time, _log);

    // What describes the resource is ours, and the reference server's is another.
    private static void Strip(JsonNode request)
    {
        var payload = request["paymentPayload"]!.AsObject();
        payload.Remove("resource");
        payload.Remove("extensions");
        foreach (var name in new[] { "outputSchema", "resource" }) request["paymentRequirements"]!.AsObject().Remove(name);
    }
}
