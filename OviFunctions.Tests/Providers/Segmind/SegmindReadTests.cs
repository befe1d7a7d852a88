using OviFunctions.Providers;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.Segmind;

public sealed class SegmindReadTests
{
    private const string Video = "https://cdn.example/o.mp4";

    private readonly SegmindAccount _account = new();

    [Theory]
    [InlineData("QUEUED")]
    [InlineData("PROCESSING")]
    [InlineData("PAUSED")] // nothing that is documented
    public async Task ReadAsync_NotOver_IsRunningAndTheOutputIsNotAskedFor(string status)
    {
        _account.Segmind.Answer(200, $$"""{"status":"{{status}}","request_id":"r-1"}""");

        Assert.IsType<ReadResult.Running>(await ReadAsync());
    }

    [Theory]
    [InlineData($$"""{"status":"COMPLETED","output":"{{Video}}"}""", null)]
    [InlineData($$"""{"status":"COMPLETED","output":["{{Video}}"],"seed":9}""", 9L)]
    [InlineData($$"""{"output":{"url":"{{Video}}"},"metrics":{"seed":8,"cost":0.25} }""", 8L)]
    [InlineData($$"""{"output":[{"url":"{{Video}}"}]}""", null)]
    [InlineData($$"""{"video_url":"{{Video}}"}""", null)]
    public async Task ReadAsync_Completed_HasTheVideo(string body, long? seed)
    {
        Completed().Answer(200, body);

        Assert.Equal(new ProviderVideo(Video, seed), Assert.IsType<ReadResult.Succeeded>(await ReadAsync()).Video);
    }

    [Theory]
    [InlineData("""{"status":"COMPLETED","output":null}""")]
    [InlineData("""{"status":"COMPLETED","output":"done"}""")]
    [InlineData("{}")]
    public async Task ReadAsync_CompletedWithoutAVideo_IsABadResult(string body)
    {
        Completed().Answer(200, body);

        Assert.Equal(FailureClass.BadResult, Assert.IsType<ReadResult.Failed>(await ReadAsync()).Failure.Class);
    }

    [Theory]
    [InlineData("Prompt is Mandatory and must be string", FailureClass.InvalidInput)]
    [InlineData("NSFW content detected", FailureClass.ContentPolicy)]
    [InlineData("Blocked by moderation", FailureClass.ContentPolicy)]
    [InlineData("Could not download the image", FailureClass.InputUnreachable)]
    [InlineData("Generation timed out", FailureClass.ProviderTimeout)]
    [InlineData("CUDA out of memory", FailureClass.ProviderUnavailable)]
    public async Task ReadAsync_422_IsAFailedJobOfTheClassThatItsWordsSay(string words, FailureClass expected)
    {
        var body = $$"""{"status":"FAILED","error":"{{words}}","metrics":{"inference_time":0.007} }""";
        _account.Segmind.Answer(422, body);
        Assert.Equal(new ProviderFailure(expected, "422", words), Assert.IsType<ReadResult.Failed>(await ReadAsync()).Failure);

        Completed().Answer(422, body); // the output's URL says it only
        Assert.Equal(expected, Assert.IsType<ReadResult.Failed>(await ReadAsync()).Failure.Class);

        _account.Segmind.Answer(200, body);
        Assert.Equal(expected, Assert.IsType<ReadResult.Failed>(await ReadAsync()).Failure.Class);
    }

    [Theory]
    [InlineData(404, """{"error":"Request r-1 not found"}""")]
    [InlineData(410, """{"error":"gone"}""")]
    public async Task ReadAsync_RecordIsGone_IsExpired(int status, string body)
    {
        _account.Segmind.Answer(status, body);
        Assert.Equal(FailureClass.ResultExpired, Assert.IsType<ReadResult.Failed>(await ReadAsync()).Failure.Class);

        Completed().Answer(status, body);
        Assert.Equal(FailureClass.ResultExpired, Assert.IsType<ReadResult.Failed>(await ReadAsync()).Failure.Class);
    }

    [Theory]
    [InlineData(401, """{"error":"invalid_api_key"}""")]
    [InlineData(404, "<html>nginx</html>")]
    [InlineData(406, """{"error":"Insufficient credits"}""")]
    [InlineData(422, "<html>nginx</html>")]
    [InlineData(429, """{"error":"rate_limit_exceeded"}""")]
    [InlineData(500, """{"error":"Internal"}""")]
    [InlineData(504, "")]
    [InlineData(302, "")]
    [InlineData(200, "<html>sign in</html>")]
    public async Task ReadAsync_TroubleOnTheWay_SaysNothingOfTheJob(int status, string body)
    {
        _account.Segmind.Answer(status, body);
        Assert.IsType<ReadResult.Unavailable>(await ReadAsync());

        Completed().Answer(status, body);
        Assert.IsType<ReadResult.Unavailable>(await ReadAsync());
    }

    [Fact]
    public async Task ReadAsync_TooManyRequests_SaysForHowLong()
    {
        _account.Segmind.Answer(429, "{}", ("x-rate-limit-reset-at-utc", "2026-11-20T12:00:10Z"));

        Assert.Equal(TimeSpan.FromSeconds(10), Assert.IsType<ReadResult.Unavailable>(await ReadAsync()).RetryAfter);
    }

    [Fact]
    public async Task ReadAsync_NoConnection_SaysNothingOfTheJob()
    {
        _account.Segmind.Fail(new HttpRequestException(HttpRequestError.ConnectionError));
        Assert.IsType<ReadResult.Unavailable>(await ReadAsync());

        Completed().Fail(new HttpRequestException(HttpRequestError.ResponseEnded));
        Assert.IsType<ReadResult.Unavailable>(await ReadAsync());
    }

    [Theory]
    [InlineData("https://api.segmind.com/v9/r", "https://api.segmind.com/v9/r")]
    [InlineData("https://evil.example/r", "https://api.segmind.com/v2/requests/r-1/status")]
    [InlineData(null, "https://api.segmind.com/v2/requests/r-1/status")]
    public async Task ReadAsync_Key_GoesToTheConfiguredHostOnly(string? given, string asked)
    {
        Completed().Answer(200, $$"""{"output":"{{Video}}"}""");
        var urls = given is null ? null : new Dictionary<string, string> { ["status"] = given, ["response"] = "https://evil.example/r" };

        await _account.Provider.ReadAsync(new ProviderJob("r-1", urls), default);

        Assert.Equal([asked, "https://api.segmind.com/v2/requests/r-1"], _account.Segmind.Requests.Select(r => r.Url.AbsoluteUri));
        Assert.All(_account.Segmind.Requests, request => Assert.Equal(SegmindAccount.Key, request.Headers["x-api-key"]));
    }

    [Fact]
    public async Task ReadAsync_IdThatIsNone_AsksNobody()
    {
        Assert.IsType<ReadResult.Unavailable>(await _account.Provider.ReadAsync(new ProviderJob("../x"), default));
        Assert.Empty(_account.Segmind.Requests);
    }

    [Fact]
    public async Task CallbacksAndCancellations_ThereAreNone()
    {
        Assert.False(_account.Provider.CallsBack);
        Assert.Equal(CancelResult.NotPossible, await _account.Provider.CancelAsync(new ProviderJob("r-1"), default));
        Assert.IsType<CallbackResult.Refused>(await _account.Provider.ReadCallbackAsync(
            new ProviderCallback(new Dictionary<string, string>(), """{"request_id":"r-1"}"""u8.ToArray()), default));
        Assert.Empty(_account.Segmind.Requests);
    }

    [Theory]
    [InlineData(404, """{"error":"Request not found"}""", null)]
    [InlineData(401, """{"error":"Unauthorized"}""", "the key is refused (HTTP 401)")]
    [InlineData(500, "", "HTTP 500")]
    public async Task CheckAsync_Answer_SaysWhetherTheKeyIsTaken(int status, string body, string? problem)
    {
        _account.Segmind.Answer(status, body);

        Assert.Equal(problem, await _account.Provider.CheckAsync(default));
        Assert.Equal("GET", Assert.Single(_account.Segmind.Requests).Method);
    }

    private ScriptedHandler Completed() => _account.Segmind.Answer(200, """{"status":"COMPLETED","request_id":"r-1"}""");

    private Task<ReadResult> ReadAsync() => _account.Provider.ReadAsync(new ProviderJob("r-1"), default);
}
