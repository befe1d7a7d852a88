using OviFunctions.Providers;

namespace OviFunctions.Tests.Providers.WaveSpeed;

public sealed class WaveSpeedReadTests
{
    private const string Video = "https://cdn.example/o.mp4";

    private readonly WaveSpeedAccount _account = new();

    [Theory]
    [InlineData("created")]
    [InlineData("processing")]
    [InlineData("in_review")] // nothing that is documented
    [InlineData("COMPLETED")]
    [InlineData("")]
    public async Task ReadAsync_NotOver_IsRunning(string status) =>
        Assert.IsType<ReadResult.Running>(await ReadAsync(200, Wrapped(status)));

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("[false]")]
    [InlineData("false")]
    public async Task ReadAsync_Completed_HasTheVideo(string nsfw)
    {
        var succeeded = Assert.IsType<ReadResult.Succeeded>(
            await ReadAsync(200, Wrapped("completed", $$""","outputs":["{{Video}}"],"has_nsfw_contents":{{nsfw}},"code":0""")));

        Assert.Equal(new ProviderVideo(Video, null), succeeded.Video);
    }

    [Fact]
    public async Task ReadAsync_BarePredictionWithASeed_IsReadToo()
    {
        var succeeded = Assert.IsType<ReadResult.Succeeded>(
            await ReadAsync(200, $$"""{"id":"p-1","status":"completed","outputs":["{{Video}}"],"seed":7}"""));

        Assert.Equal(new ProviderVideo(Video, 7), succeeded.Video);
    }

    [Theory]
    [InlineData("completed", "[true]")]
    [InlineData("completed", "[false,true]")]
    [InlineData("completed", "true")]
    [InlineData("failed", "[true]")]
    public async Task ReadAsync_Flagged_IsContentPolicy(string status, string nsfw) => Assert.Equal(
        FailureClass.ContentPolicy,
        (await FailureAsync(200, Wrapped(status, $$""","outputs":["{{Video}}"],"has_nsfw_contents":{{nsfw}}"""))).Class);

    [Theory]
    [InlineData("", "")]
    [InlineData(",\"outputs\":[]", "")]
    [InlineData(",\"outputs\":null", "")]
    [InlineData(",\"outputs\":[\"file:///etc/passwd\"]", "")]
    [InlineData(",\"outputs\":[{\"a\":1}]", "")]
    public async Task ReadAsync_CompletedWithoutAVideo_IsABadResult(string outputs, string more) =>
        Assert.Equal(FailureClass.BadResult, (await FailureAsync(200, Wrapped("completed", outputs + more))).Class);

    [Theory]
    [InlineData(1200, FailureClass.ContentPolicy)]
    [InlineData(1400, FailureClass.InvalidInput)]
    [InlineData(1401, FailureClass.InvalidInput)]
    [InlineData(1402, FailureClass.InputUnreachable)]
    [InlineData(1403, FailureClass.InvalidInput)]
    [InlineData(1405, FailureClass.InvalidInput)]
    [InlineData(5000, FailureClass.ProviderUnavailable)]
    [InlineData(5003, FailureClass.ProviderUnavailable)]
    [InlineData(5004, FailureClass.ProviderTimeout)]
    [InlineData(9999, FailureClass.ProviderUnavailable)]
    public async Task ReadAsync_FailedWithHttp200_HasTheClassOfItsCode(int code, FailureClass expected)
    {
        var failure = await FailureAsync(200, Wrapped("failed", $$""","code":{{code}},"error":"No {{WaveSpeedAccount.Key}}" """));

        Assert.Equal(new ProviderFailure(expected, $"{code}", "No [secret]"), failure);
    }

    [Theory]
    [InlineData("failed", FailureClass.ProviderUnavailable)]
    [InlineData("cancelled", FailureClass.ProviderUnavailable)]
    [InlineData("timeout", FailureClass.ProviderTimeout)]
    [InlineData("deleted", FailureClass.ResultExpired)]
    public async Task ReadAsync_OverWithoutACode_HasTheClassOfItsStatus(string status, FailureClass expected)
    {
        var failure = await FailureAsync(200, Wrapped(status, ",\"error\":\"\""));

        Assert.Equal((expected, status), (failure.Class, failure.Code));
    }

    [Theory]
    [InlineData(404, """{"code":404,"message":"not found"}""")]
    [InlineData(410, """{"code":410,"message":"gone"}""")]
    [InlineData(200, """{"code":404,"message":"not found"}""")]
    public async Task ReadAsync_RecordIsGone_IsExpired(int status, string body) =>
        Assert.Equal(FailureClass.ResultExpired, (await FailureAsync(status, body)).Class);

    [Theory]
    [InlineData(404, "<html>nginx</html>")]
    [InlineData(401, """{"code":401,"message":"bad key"}""")]
    [InlineData(403, "{}")]
    [InlineData(429, """{"code":429,"message":"slow down"}""")]
    [InlineData(500, """{"code":5000,"message":"internal"}""")]
    [InlineData(504, "")]
    [InlineData(302, "")]
    [InlineData(200, "<html>sign in</html>")]
    [InlineData(200, "{}")]
    public async Task ReadAsync_TroubleOnTheWay_SaysNothingOfTheJob(int status, string body) =>
        Assert.IsType<ReadResult.Unavailable>(await ReadAsync(status, body));

    [Fact]
    public async Task ReadAsync_TooManyRequests_SaysForHowLong()
    {
        _account.WaveSpeed.Answer(429, "{}", ("Retry-After", "5"));

        var result = await _account.Provider.ReadAsync(new ProviderJob("p-1"), default);

        Assert.Equal(TimeSpan.FromSeconds(5), Assert.IsType<ReadResult.Unavailable>(result).RetryAfter);
    }

    [Theory]
    [InlineData("https://api.wavespeed.ai/api/v3/elsewhere/p-1", "https://api.wavespeed.ai/api/v3/elsewhere/p-1")]
    [InlineData("https://evil.example/p-1", "https://api.wavespeed.ai/api/v3/predictions/p-1/result")]
    [InlineData(null, "https://api.wavespeed.ai/api/v3/predictions/p-1/result")]
    public async Task ReadAsync_Key_GoesToTheConfiguredHostOnly(string? given, string asked)
    {
        _account.WaveSpeed.Answer(200, Wrapped("created"));
        var urls = given is null ? null : new Dictionary<string, string> { ["response"] = given };

        await _account.Provider.ReadAsync(new ProviderJob("p-1", urls), default);

        var sent = Assert.Single(_account.WaveSpeed.Requests);
        Assert.Equal((asked, $"Bearer {WaveSpeedAccount.Key}"), (sent.Url.AbsoluteUri, sent.Headers["Authorization"]));
    }

    [Theory]
    [InlineData("../balance")]
    [InlineData("")]
    public async Task ReadAsync_IdThatIsNone_AsksNobody(string id)
    {
        Assert.IsType<ReadResult.Unavailable>(await _account.Provider.ReadAsync(new ProviderJob(id), default));
        Assert.Empty(_account.WaveSpeed.Requests);
    }

    [Fact]
    public async Task CancelAsync_Always_IsNotPossible()
    {
        Assert.Equal(CancelResult.NotPossible, await _account.Provider.CancelAsync(new ProviderJob("p-1"), default));
        Assert.Empty(_account.WaveSpeed.Requests);
    }

    [Theory]
    [InlineData(404, """{"code":404,"message":"not found"}""", null)]
    [InlineData(200, """{"code":404,"message":"not found"}""", null)]
    [InlineData(401, "{}", "the key is refused (HTTP 401)")]
    [InlineData(200, """{"code":401,"message":"bad key"}""", "the key is refused")]
    [InlineData(503, "", "HTTP 503")]
    [InlineData(302, "", "HTTP 302")]
    public async Task CheckAsync_Answer_SaysWhetherTheKeyIsTaken(int status, string body, string? problem)
    {
        _account.WaveSpeed.Answer(status, body);

        Assert.Equal(problem, await _account.Provider.CheckAsync(default));
        Assert.Equal("GET", Assert.Single(_account.WaveSpeed.Requests).Method);
    }

    private static string Wrapped(string status, string more = "") =>
        $$$"""{"code":200,"message":"success","data":{"id":"p-1","status":"{{{status}}}"{{{more}}}}}""";

    private Task<ReadResult> ReadAsync(int status, string body)
    {
        _account.WaveSpeed.Answer(status, body);
        return _account.Provider.ReadAsync(new ProviderJob("p-1"), default);
    }

    private async Task<ProviderFailure> FailureAsync(int status, string body) =>
        Assert.IsType<ReadResult.Failed>(await ReadAsync(status, body)).Failure;
}
