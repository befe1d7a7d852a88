using OviFunctions.Providers;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.Fal;

public sealed class FalProviderReadTests
{
    private const string Completed = """{"status":"COMPLETED","request_id":"req-1"}""";
    private readonly FalAccount _account = new();

    [Theory]
    [InlineData("""{"status":"IN_QUEUE","queue_position":3}""")]
    [InlineData("""{"status":"IN_PROGRESS","logs":null}""")]
    [InlineData("""{"status":"FAILED"}""")]
    [InlineData("""{"status":"SOMETHING_NEW"}""")]
    [InlineData("""{"status":null}""")]
    [InlineData("{}")]
    public async Task ReadAsync_NotCompleted_IsRunning(string status)
    {
        _account.Fal.Answer(202, status);

        Assert.Equal(new ReadResult.Running(), await ReadAsync());
    }

    [Fact]
    public async Task ReadAsync_Completed_GivesVideoAndSeed()
    {
        _account.Fal.Answer(200, Completed).Answer(200, """{"video":{"url":"https://v3.fal.media/o.mp4"},"seed":9007199254740991}""");

        Assert.Equal(new ReadResult.Succeeded(new ProviderVideo("https://v3.fal.media/o.mp4", 9007199254740991)), await ReadAsync());
        Assert.Equal(
            ["https://queue.fal.run/fal-ai/ovi/requests/req-1/status", "https://queue.fal.run/fal-ai/ovi/requests/req-1"],
            _account.Fal.Requests.Select(r => r.Url.AbsoluteUri));
        Assert.All(_account.Fal.Requests, r => Assert.Equal($"Key {FalAccount.Key}", r.Headers["Authorization"]));
    }

    [Fact]
    public async Task ReadAsync_SeedThatIsNoInteger_IsLeftOut()
    {
        _account.Fal.Answer(200, Completed).Answer(200, """{"video":{"url":"https://v3.fal.media/o.mp4"},"seed":1e300}""");

        Assert.Null(Assert.IsType<ReadResult.Succeeded>(await ReadAsync()).Video.Seed);
    }

    [Fact]
    public async Task ReadAsync_UrlsOfFal_AreFollowed()
    {
        _account.Fal.Answer(200, Completed).Answer(200, """{"video":{"url":"https://v3.fal.media/o.mp4"}}""");
        var job = new ProviderJob("req-1", new Dictionary<string, string>
        {
            ["status"] = "https://queue.fal.run/s?x=1",
            ["response"] = "https://queue.fal.run/fal-ai/ovi/requests/req-1/response",
        });

        Assert.IsType<ReadResult.Succeeded>(await _account.Provider.ReadAsync(job, default));

        Assert.Equal(
            ["https://queue.fal.run/s?x=1", "https://queue.fal.run/fal-ai/ovi/requests/req-1/response"],
            _account.Fal.Requests.Select(r => r.Url.AbsoluteUri));
    }

    [Theory]
    [InlineData("https://evil.example/s")]
    [InlineData("http://queue.fal.run/s")]
    [InlineData("https://queue.fal.run:444/s")]
    [InlineData("https://key@queue.fal.run/s")]
    [InlineData("//evil.example/s")]
    public async Task ReadAsync_StoredUrlOfAnotherHost_NeverGetsTheKey(string url)
    {
        _account.Fal.Answer(202, """{"status":"IN_QUEUE"}""");

        await _account.Provider.ReadAsync(new ProviderJob("req-1", new Dictionary<string, string> { ["status"] = url }), default);

        Assert.Equal("https://queue.fal.run/fal-ai/ovi/requests/req-1/status", Assert.Single(_account.Fal.Requests).Url.AbsoluteUri);
    }

    [Theory]
    [InlineData("../../../other/app")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("r\n")]
    public async Task ReadAsync_IdThatCouldLeadElsewhere_IsNotAsked(string id)
    {
        Assert.IsType<ReadResult.Unavailable>(await _account.Provider.ReadAsync(FalAccount.Job(id), default));
        Assert.Empty(_account.Fal.Requests);
    }

    [Theory]
    [InlineData("""{"video":null,"seed":1}""")]
    [InlineData("""{"video":{"url":null}}""")]
    [InlineData("""{"video":{"url":"/o.mp4"}}""")]
    [InlineData("""{"video":{"url":"file:///etc/passwd"}}""")]
    [InlineData("""{"video":"https://v3.fal.media/o.mp4"}""")]
    public async Task ReadAsync_ResultWithoutAVideo_IsABadResult(string result)
    {
        _account.Fal.Answer(200, Completed).Answer(200, result);

        Assert.Equal(FailureClass.BadResult, (await FailureAsync()).Class);
    }

    [Theory]
    [InlineData(401, """{"detail":"Invalid key credentials"}""")]
    [InlineData(403, """{"detail":"User is locked. Reason: Exhausted balance."}""")]
    [InlineData(404, "<html>nginx</html>")]
    [InlineData(429, """{"detail":"slow down"}""")]
    [InlineData(500, "")]
    [InlineData(503, """{"detail":"x","error_type":"runner_connection_error"}""")]
    [InlineData(307, "")]
    [InlineData(200, "<html>")]
    public async Task ReadAsync_StatusThatSaysNothingOfTheJob_IsReadAgain(int status, string body)
    {
        _account.Fal.Answer(status, body);

        Assert.IsType<ReadResult.Unavailable>(await ReadAsync());
    }

    [Fact]
    public async Task ReadAsync_UnknownRequest_HasExpired()
    {
        _account.Fal.Answer(404, """{"status":"NOT_FOUND"}""");

        Assert.Equal(FailureClass.ResultExpired, (await FailureAsync()).Class);
    }

    [Theory]
    [InlineData(401, "{}")]
    [InlineData(403, """{"detail":"User is locked. Reason: Exhausted balance."}""")]
    [InlineData(404, "<html>")]
    [InlineData(422, "<html>blocked by a firewall</html>")]
    [InlineData(429, "{}")]
    [InlineData(500, "<html>")]
    [InlineData(502, "")]
    [InlineData(504, "<html>504 Gateway Time-out</html>")]
    [InlineData(504, """{"detail":"Request timed out","error_type":"request_timeout"}""")]
    [InlineData(503, """{"detail":"x","error_type":"runner_connection_error"}""")]
    [InlineData(302, "")]
    [InlineData(200, "<html>")]
    public async Task ReadAsync_FinishedJobWhoseResultCannotBeRead_IsReadAgain(int status, string body)
    {
        _account.Fal.Answer(200, Completed).Answer(status, body);

        Assert.IsType<ReadResult.Unavailable>(await ReadAsync());
    }

    [Fact]
    public async Task ReadAsync_ResultThatIsNotThereYet_IsRunning()
    {
        _account.Fal.Answer(200, Completed).Answer(400, """{"detail":"Request is still in progress"}""");

        Assert.IsType<ReadResult.Running>(await ReadAsync());
    }

    [Fact]
    public async Task ReadAsync_InfrastructureErrorThatFalCallsFinal_Fails()
    {
        _account.Fal
            .Answer(200, Completed)
            .Answer(504, """{"detail":"Timed out","error_type":"request_timeout"}""", ("X-Fal-Retryable", "false"));

        Assert.Equal(new ProviderFailure(FailureClass.ProviderTimeout, "request_timeout", "Timed out"), await FailureAsync());
    }

    [Fact]
    public async Task ReadAsync_StartTimeoutOfTheBuyer_Fails()
    {
        _account.Fal.Answer(200, Completed).Answer(504, "", ("X-Fal-Request-Timeout-Type", "user"));

        Assert.Equal(new ProviderFailure(FailureClass.ProviderTimeout, "request_timeout", "HTTP 504"), await FailureAsync());
    }

    [Fact]
    public async Task ReadAsync_ErrorOnlyInTheStatus_Fails()
    {
        _account.Fal
            .Answer(200, """{"status":"COMPLETED","error":"Runner disconnected","error_type":"runner_disconnected"}""")
            .Answer(503, """{"detail":"Runner disconnected"}""");

        Assert.Equal(
            new ProviderFailure(FailureClass.ProviderUnavailable, "runner_disconnected", "Runner disconnected"), await FailureAsync());
    }

    [Theory]
    [InlineData("""{"status":"COMPLETED","error":"Invalid status code: 422"}""", FailureClass.InvalidInput)]
    [InlineData("""{"status":"COMPLETED","error":"Invalid status code: 504"}""", FailureClass.ProviderTimeout)]
    [InlineData("""{"status":"COMPLETED","error":{"message":"odd"}}""", FailureClass.ProviderUnavailable)]
    [InlineData("""{"status":"COMPLETED","error_type":"request_timeout"}""", FailureClass.ProviderTimeout)]
    public async Task ReadAsync_FailedJobWhoseResultCannotBeRead_FailsAsTheStatusSays(string status, FailureClass expected)
    {
        _account.Fal.Answer(200, status).Fail(new HttpRequestException(HttpRequestError.ResponseEnded));

        Assert.Equal(expected, (await FailureAsync()).Class);
    }

    [Fact]
    public async Task ReadAsync_StatusAndResultTellOfAnError_TheResultSaysWhich()
    {
        _account.Fal
            .Answer(200, """{"status":"COMPLETED","error":"Invalid status code: 422","error_type":"bad_request"}""")
            .Answer(422, """{"detail":[{"loc":["body","prompt"],"msg":"flagged","type":"content_policy_violation"}]}""");

        Assert.Equal(
            new ProviderFailure(FailureClass.ContentPolicy, "content_policy_violation", "body.prompt: flagged"), await FailureAsync());
    }

    [Theory]
    [InlineData(200, """{"video":{"url":"https://v3.fal.media/o.mp4"}}""")]
    [InlineData(200, """{"video":null}""")]
    [InlineData(404, """{"status":"NOT_FOUND"}""")]
    [InlineData(504, "<html>nginx</html>")]
    public async Task ReadAsync_StatusTellsOfAnErrorAndTheResultDoesNotSayWhy_FailsAsTheStatusSays(int status, string result)
    {
        _account.Fal
            .Answer(200, """{"status":"COMPLETED","error":"Generation timeout","error_type":"generation_timeout"}""")
            .Answer(status, result);

        Assert.Equal(FailureClass.ProviderTimeout, (await FailureAsync()).Class);
    }

    [Fact]
    public async Task ReadAsync_ContentPolicyAmongOtherDetails_IsContentPolicy()
    {
        _account.Fal.Answer(200, Completed).Answer(422, """
            {"detail":[
              {"loc":["body","prompt"],"msg":"odd","type":"value_error"},
              {"loc":["body","prompt"],"msg":"flagged","type":"content_policy_violation"}]}
            """);

        Assert.Equal(FailureClass.ContentPolicy, (await FailureAsync()).Class);
    }

    [Fact]
    public async Task ReadAsync_EndlessAnswerWithoutALength_IsCutOff()
    {
        _account.Fal.Then(_ => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(new EndlessStream()) }));

        Assert.IsType<ReadResult.Unavailable>(await ReadAsync().WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task ReadAsync_TransportFailure_IsReadAgain()
    {
        _account.Fal.Fail(new HttpRequestException(HttpRequestError.ConnectionError));

        Assert.IsType<ReadResult.Unavailable>(await ReadAsync());
    }

    [Fact]
    public async Task ReadAsync_NoAnswerInTime_IsReadAgain()
    {
        _account.Fal.Hang();
        var reading = ReadAsync();

        _account.Time.Advance(_account.Options.ReadTimeout);

        Assert.IsType<ReadResult.Unavailable>(await reading);
    }

    [Fact]
    public async Task ReadAsync_ModelsErrorWithSeveralDetails_ShowsThemWithoutTheInput()
    {
        _account.Fal.Answer(200, Completed).Answer(422, $$"""
            {"detail":[
              {"loc":["body","num_inference_steps"],"msg":"too many","type":"less_than_equal","ctx":{"le":50},"input":51},
              {"loc":["body","image_url",0],"msg":"cannot load https://ovi.example/i?sig=abc for {{FalAccount.Key}}",
               "type":"image_load_error","input":"https://ovi.example/i?sig=abc"}]}
            """);

        var failure = await FailureAsync();

        Assert.Equal(
            new ProviderFailure(
                FailureClass.InvalidInput,
                "less_than_equal",
                "body.num_inference_steps: too many; body.image_url.0: cannot load https://ovi.example/i?[query] for [secret]"),
            failure);
    }

    [Theory]
    [InlineData(200, """{"status":"OK"}""", CancelResult.Confirmed)]
    [InlineData(202, """{"status":"CANCELLATION_REQUESTED"}""", CancelResult.Requested)]
    [InlineData(200, """{"success":true}""", CancelResult.Requested)]
    [InlineData(200, "", CancelResult.Requested)]
    [InlineData(400, """{"status":"ALREADY_COMPLETED"}""", CancelResult.AlreadyFinished)]
    [InlineData(404, """{"status":"NOT_FOUND"}""", CancelResult.NotPossible)]
    [InlineData(500, """{"status":"OK"}""", CancelResult.NotPossible)]
    [InlineData(403, "{}", CancelResult.NotPossible)]
    public async Task CancelAsync_Answer_IsBelievedNoFurtherThanItGoes(int status, string body, CancelResult expected)
    {
        _account.Fal.Answer(status, body);

        Assert.Equal(expected, await _account.Provider.CancelAsync(FalAccount.Job(), default));

        var sent = Assert.Single(_account.Fal.Requests);
        Assert.Equal(("PUT", "https://queue.fal.run/fal-ai/ovi/requests/req-1/cancel"), (sent.Method, sent.Url.AbsoluteUri));
    }

    [Fact]
    public async Task CancelAsync_NoConnection_IsNotPossible()
    {
        _account.Fal.Fail(new HttpRequestException(HttpRequestError.ConnectionError));

        Assert.Equal(CancelResult.NotPossible, await _account.Provider.CancelAsync(FalAccount.Job(), default));
    }

    [Theory]
    [InlineData(404, true)]
    [InlineData(200, true)]
    [InlineData(401, false)]
    [InlineData(403, false)]
    [InlineData(503, false)]
    public async Task CheckAsync_Answer_TellsWhetherTheKeyIsTaken(int status, bool taken)
    {
        _account.Fal.Answer(status, "{}");

        Assert.Equal(taken, await _account.Provider.CheckAsync(default) is null);
        Assert.Equal("GET", Assert.Single(_account.Fal.Requests).Method);
    }

    private async Task<ProviderFailure> FailureAsync() => Assert.IsType<ReadResult.Failed>(await ReadAsync()).Failure;

    private Task<ReadResult> ReadAsync() => _account.Provider.ReadAsync(FalAccount.Job(), default);
}
