using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Crypto;
using OviFunctions.Providers;
using OviFunctions.Providers.Fal;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.Fal;

public sealed class FalProviderSubmitTests
{
    private readonly FalAccount _account = new();

    [Fact]
    public async Task SubmitAsync_Always_SendsWhatFalDocuments()
    {
        _account.Fal.Answer(200, """{"request_id":"req-1"}""");

        await _account.Provider.SubmitAsync(FalAccount.Request(), default);

        var sent = Assert.Single(_account.Fal.Requests);
        Assert.Equal("POST", sent.Method);
        Assert.Equal(
            "https://queue.fal.run/fal-ai/ovi/image-to-video?fal_webhook=https%3A%2F%2Fovi.example%2Fv1%2Fcallbacks%2Ffal%2Ft0ken%3Fa%3D1%26b%3D2",
            sent.Url.AbsoluteUri);
        Assert.Equal($"Key {FalAccount.Key}", sent.Headers["Authorization"]);
        Assert.Equal("application/json; charset=utf-8", sent.Headers["Content-Type"]);
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(sent.Body).RootElement, JsonDocument.Parse("""
            {"prompt":"A cat says <S>hello<E>.","image_url":"https://ovi.example/v1/images/job_1?token=s3cret&kid=1","negative_prompt":"blur",
             "audio_negative_prompt":"hiss","num_inference_steps":30,"seed":42}
            """).RootElement));
    }

    [Fact]
    public async Task SubmitAsync_WithOptions_SendsThemAsHeaders()
    {
        _account.Fal.Answer(200, """{"request_id":"req-1"}""");
        var wanted = JsonDocument.Parse("""{"priority":"low","start_timeout":30,"object_lifecycle":7200,"no_retry":true}""").RootElement;
        var options = FalJobOptions.Parse(wanted).Allowed;

        await _account.Provider.SubmitAsync(FalAccount.Request(options), default);

        var headers = Assert.Single(_account.Fal.Requests).Headers;
        Assert.Equal("low", headers["X-Fal-Queue-Priority"]);
        Assert.Equal("30", headers["X-Fal-Request-Timeout"]);
        Assert.Equal("30", headers["X-Fal-Request-Start-Timeout"]);
        Assert.Equal("""{"expiration_duration_seconds":7200}""", headers["X-Fal-Object-Lifecycle-Preference"]);
        Assert.Equal("1", headers["X-Fal-No-Retry"]);
    }

    [Fact]
    public async Task SubmitAsync_WithParametersThatOnlyFalKnows_SendsThemInTheBody()
    {
        _account.Fal.Answer(200, """{"request_id":"req-1"}""");
        var options = FalJobOptions.Parse(JsonElement.Parse("""{"guidance":7.5,"style":"noir"}"""), passUnknown: true).Allowed;

        await _account.Provider.SubmitAsync(FalAccount.Request(options), default);

        var body = JsonElement.Parse(Assert.Single(_account.Fal.Requests).Body);
        Assert.Equal((7.5, "noir", 42), (body.GetProperty("guidance").GetDouble(), body.GetProperty("style").GetString(), body.GetProperty("seed").GetInt32()));
    }

    [Fact]
    public async Task SubmitAsync_OptionThatIsNotAllowed_IsNotSent()
    {
        _account.Fal.Answer(200, """{"request_id":"req-1"}""");

        var options = new Dictionary<string, string> { ["X-Fal-Store-IO"] = "0", ["no_retry"] = "false" };

        await _account.Provider.SubmitAsync(FalAccount.Request(options), default);

        var headers = Assert.Single(_account.Fal.Requests).Headers;
        Assert.DoesNotContain(headers.Keys, name => name.StartsWith("X-Fal", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task SubmitAsync_OnlyARequestId_IsAccepted()
    {
        _account.Fal.Answer(202, """{"request_id":"764cabcf-b745-4b3e-ae38-1200304cf45b","new_field":[1]}""");

        var accepted = Assert.IsType<SubmitResult.Accepted>(await _account.Provider.SubmitAsync(FalAccount.Request(), default));

        Assert.Equal("764cabcf-b745-4b3e-ae38-1200304cf45b", accepted.Job.RequestId);
        Assert.Empty(accepted.Job.Urls!);
    }

    [Fact]
    public async Task SubmitAsync_UrlsOfFal_AreKeptAndThoseOfOthersAreNot()
    {
        _account.Fal.Answer(200, """
            {"request_id":"r","status_url":"https://queue.fal.run/elsewhere/status","response_url":"https://queue.fal.run.evil.example/r",
             "cancel_url":"https://user@queue.fal.run/cancel"}
            """);

        var accepted = Assert.IsType<SubmitResult.Accepted>(await _account.Provider.SubmitAsync(FalAccount.Request(), default));

        Assert.Equal("https://queue.fal.run/elsewhere/status", accepted.Job.Urls!["status"]);
        Assert.Equal(["status"], accepted.Job.Urls.Keys);
    }

    [Theory]
    [InlineData(400, """{"detail":"Malformed","error_type":"bad_request"}""", FailureClass.InvalidInput, "bad_request")]
    [InlineData(401, """{"detail":"Invalid key credentials"}""", FailureClass.ProviderUnavailable, null)]
    [InlineData(403, """{"detail":"User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."}""", FailureClass.ProviderCredits, null)]
    [InlineData(403, """{"detail":"User is locked. Reason: TOP_UP."}""", FailureClass.ProviderCredits, null)]
    [InlineData(403, """{"detail":"The key lacks the scope"}""", FailureClass.ProviderUnavailable, null)]
    [InlineData(404, """{"detail":"Application not found"}""", FailureClass.ProviderUnavailable, null)]
    [InlineData(410, "gone", FailureClass.ProviderUnavailable, null)]
    [InlineData(413, "<html>too large</html>", FailureClass.InvalidInput, null)]
    [InlineData(422, """{"detail":[{"loc":["body","prompt"],"msg":"Field required","type":"missing"}]}""", FailureClass.InvalidInput, "missing")]
    [InlineData(429, """{"detail":"slow down"}""", FailureClass.RateLimited, null)]
    public async Task SubmitAsync_ClientError_IsRejected(int status, string body, FailureClass expected, string? code)
    {
        _account.Fal.Answer(status, body);

        var rejected = Assert.IsType<SubmitResult.Rejected>(await _account.Provider.SubmitAsync(FalAccount.Request(), default));

        Assert.Equal((expected, code), (rejected.Failure.Class, rejected.Failure.Code));
    }

    /// <summary>What the next job would meet as well: the key, the money, or a model that is not there any more.</summary>
    [Theory]
    [InlineData(401, """{"detail":"Invalid key credentials"}""", true, false)]
    [InlineData(403, """{"detail":"User is locked. Reason: Exhausted balance."}""", true, false)]
    [InlineData(404, """{"detail":"Application not found"}""", true, true)]
    [InlineData(410, """{"detail":"Gone"}""", true, true)]
    [InlineData(401, "<html>sign in to the wifi</html>", false, false)]
    [InlineData(402, "<html>deployment disabled</html>", false, false)]
    [InlineData(404, "<html>nginx</html>", false, false)]
    [InlineData(403, """{"detail":"The key lacks the scope"}""", false, false)]
    [InlineData(429, """{"detail":"slow down"}""", false, false)]
    [InlineData(422, """{"detail":[{"loc":["body","prompt"],"msg":"Field required","type":"missing"}]}""", false, false)]
    public async Task SubmitAsync_RefusalOfEveryJob_IsTheAccountsFault(int status, string body, bool isOurs, bool isModelGone)
    {
        _account.Fal.Answer(status, body);

        var rejected = Assert.IsType<SubmitResult.Rejected>(await _account.Provider.SubmitAsync(FalAccount.Request(), default));

        Assert.Equal((isOurs, isModelGone), (rejected.Failure.IsOurs, rejected.Failure.IsModelGone));
    }

    [Theory]
    [InlineData("Retry-After", "17", 17.0)]
    [InlineData("X-Other", "17", null)]
    public async Task SubmitAsync_TooManyRequests_SaysForHowLong(string header, string value, double? seconds)
    {
        _account.Fal.Answer(429, """{"detail":"slow down"}""", (header, value));

        var rejected = Assert.IsType<SubmitResult.Rejected>(await _account.Provider.SubmitAsync(FalAccount.Request(), default));

        Assert.Equal(seconds, rejected.Failure.RetryAfterSeconds);
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(502, "<html>nginx</html>")]
    [InlineData(503, """{"detail":"No runner","error_type":"runner_scheduling_failure"}""")]
    [InlineData(504, "<html>nginx</html>")]
    [InlineData(307, "")]
    [InlineData(303, "")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"request_id":""}""")]
    [InlineData(200, """{"request_id":7}""")]
    [InlineData(200, """{"request_id":"../../other"}""")]
    [InlineData(200, """{"request_id":"\ud800"}""")]
    [InlineData(200, "<html>sign in to the wifi</html>")]
    [InlineData(200, """{"request_id":"cut""")]
    [InlineData(204, "")]
    public async Task SubmitAsync_AnswerThatProvesNothing_IsAmbiguous(int status, string body)
    {
        _account.Fal.Answer(status, body);

        Assert.IsType<SubmitResult.Ambiguous>(await _account.Provider.SubmitAsync(FalAccount.Request(), default));
    }

    [Fact]
    public async Task SubmitAsync_ServerErrorOfAGatewayThatCarriesFalsId_IsAmbiguous()
    {
        _account.Fal.Answer(504, "<html>nginx</html>", ("x-fal-request-id", "r"));

        Assert.IsType<SubmitResult.Ambiguous>(await _account.Provider.SubmitAsync(FalAccount.Request(), default));
    }

    [Theory]
    [InlineData(503, "runner_scheduling_failure", FailureClass.ProviderUnavailable)]
    [InlineData(504, "request_timeout", FailureClass.ProviderTimeout)]
    [InlineData(500, "internal_error", FailureClass.ProviderUnavailable)]
    public async Task SubmitAsync_ServerErrorThatFalTyped_IsRejected(int status, string type, FailureClass expected)
    {
        _account.Fal.Answer(
            status, """{"detail":"No"}""", ("x-fal-request-id", "r"), ("X-Fal-Error-Type", type), ("X-Fal-Needs-Retry", "true"));

        var rejected = Assert.IsType<SubmitResult.Rejected>(await _account.Provider.SubmitAsync(FalAccount.Request(), default));

        Assert.Equal(new ProviderFailure(expected, type, "No"), rejected.Failure);
    }

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError)]
    [InlineData(HttpRequestError.ConnectionError)]
    [InlineData(HttpRequestError.SecureConnectionError)]
    [InlineData(HttpRequestError.ProxyTunnelError)]
    public async Task SubmitAsync_NoConnection_IsRejected(HttpRequestError error)
    {
        _account.Fal.Fail(new HttpRequestException(error));

        var rejected = Assert.IsType<SubmitResult.Rejected>(await _account.Provider.SubmitAsync(FalAccount.Request(), default));

        Assert.Equal(FailureClass.ProviderUnavailable, rejected.Failure.Class);
    }

    [Theory]
    [InlineData(HttpRequestError.Unknown)]
    [InlineData(HttpRequestError.ResponseEnded)]
    [InlineData(HttpRequestError.InvalidResponse)]
    [InlineData(HttpRequestError.HttpProtocolError)]
    public async Task SubmitAsync_ConnectionThatBroke_IsAmbiguous(HttpRequestError error)
    {
        _account.Fal.Fail(new HttpRequestException(error));

        Assert.IsType<SubmitResult.Ambiguous>(await _account.Provider.SubmitAsync(FalAccount.Request(), default));
    }

    [Fact]
    public async Task SubmitAsync_NoAnswerInTime_IsAmbiguous()
    {
        _account.Fal.Hang();
        var submitting = _account.Provider.SubmitAsync(FalAccount.Request(), default);

        _account.Time.Advance(_account.Options.SubmitTimeout);

        Assert.IsType<SubmitResult.Ambiguous>(await submitting);
    }

    [Fact]
    public async Task SubmitAsync_AnswerOverOneMegabyte_IsAmbiguous()
    {
        _account.Fal.Answer(200, $$"""{"request_id":"r","padding":"{{new string('x', ProviderTransport.MaxAnswerBytes)}}"}""");

        Assert.IsType<SubmitResult.Ambiguous>(await _account.Provider.SubmitAsync(FalAccount.Request(), default));
    }

    [Fact]
    public async Task SubmitAsync_CallerCancels_Throws()
    {
        _account.Fal.Hang();
        using var caller = new CancellationTokenSource();
        var submitting = _account.Provider.SubmitAsync(FalAccount.Request(), caller.Token);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => submitting);
    }

    [Fact]
    public async Task SubmitAsync_UnknownModel_IsRejectedWithoutARequest()
    {
        var result = await _account.Provider.SubmitAsync(FalAccount.Request() with { Model = "sora/2" }, default);

        Assert.Equal(FailureClass.ProviderUnavailable, Assert.IsType<SubmitResult.Rejected>(result).Failure.Class);
        Assert.Empty(_account.Fal.Requests);
    }

    [Fact]
    public async Task SubmitAsync_AnyAnswer_IsNotRepeated()
    {
        _account.Fal.Answer(503, "busy");

        await _account.Provider.SubmitAsync(FalAccount.Request(), default);

        Assert.Single(_account.Fal.Requests);
    }

    [Fact]
    public async Task SubmitAsync_RealPortThatNobodyListensOn_IsRejected()
    {
        var (provider, _) = RealProvider(UnusedPort());

        Assert.IsType<SubmitResult.Rejected>(await provider.SubmitAsync(FalAccount.Request(), default));
    }

    [Fact]
    public async Task SubmitAsync_RealPeerThatReadsAndResets_IsAmbiguous()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (provider, _) = RealProvider(((IPEndPoint)listener.LocalEndpoint).Port);
        var submitting = provider.SubmitAsync(FalAccount.Request(), default);
        using (var peer = await listener.AcceptSocketAsync())
        {
            await peer.ReceiveAsync(new byte[1]);
            peer.LingerState = new LingerOption(true, 0);
        }

        Assert.IsType<SubmitResult.Ambiguous>(await submitting);
    }

    [Fact]
    public async Task SubmitAsync_RealRedirect_IsNotFollowed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var (provider, _) = RealProvider(port);
        var submitting = provider.SubmitAsync(FalAccount.Request(), default);
        using (var peer = await listener.AcceptSocketAsync())
        {
            await peer.ReceiveAsync(new byte[4096]);
            var redirect = $"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:{port}/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            await peer.SendAsync(System.Text.Encoding.ASCII.GetBytes(redirect));
        }

        Assert.IsType<SubmitResult.Ambiguous>(await submitting);
        Assert.False(listener.Pending());
    }

    private static (FalProvider Provider, FalOptions Options) RealProvider(int port)
    {
        var options = new FalOptions { Key = FalAccount.Key, QueueUrl = new Uri($"http://127.0.0.1:{port}") };
        var http = new HttpClient(ProviderHttp.CreateHandler());
        var verifier = new FalWebhookVerifier(options, http, TimeProvider.System);
        return (new FalProvider(options, http, verifier, TimeProvider.System, NullLogger<FalProvider>.Instance), options);
    }

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
