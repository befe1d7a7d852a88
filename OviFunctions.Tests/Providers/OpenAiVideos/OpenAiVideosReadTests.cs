using OviFunctions.Providers;
using static OviFunctions.Tests.Providers.OpenAiVideos.VideosAccount;

namespace OviFunctions.Tests.Providers.OpenAiVideos;

/// <summary>What a server of the protocol says of a video, and the video itself.</summary>
public sealed class OpenAiVideosReadTests
{
    private readonly VideosAccount _account = new();

    [Theory]
    [InlineData("""{"id":"video_1","status":"queued","progress":0}""")]
    [InlineData("""{"id":"video_1","status":"in_progress","progress":33}""")]
    [InlineData("""{"id":"video_1","status":"something_new"}""")]
    [InlineData("""{"id":"video_1","status":null}""")]
    [InlineData("{}")]
    public async Task ReadAsync_NotOver_IsRunning(string video)
    {
        _account.Server.Answer(200, video);

        Assert.Equal(new ReadResult.Running(), await ReadAsync());
        var sent = Assert.Single(_account.Server.Requests);
        Assert.Equal(("GET", "https://videos.example.com/v1/videos/video_1", $"Bearer {Key}"), (sent.Method, sent.Url.AbsoluteUri, sent.Headers["Authorization"]));
    }

    [Theory]
    [InlineData("15000", 15.0)]
    [InlineData("0", 0.0)]
    [InlineData("99999999", 600.0)]
    [InlineData("soon", null)]
    [InlineData("-1", null)]
    public async Task ReadAsync_ServerSaysWhenToAskAgain_ItIsKept(string milliseconds, double? seconds)
    {
        _account.Server.Answer(200, """{"status":"in_progress"}""", ("openai-poll-after-ms", milliseconds));

        Assert.Equal(seconds, Assert.IsType<ReadResult.Running>(await ReadAsync()).NextRead?.TotalSeconds);
    }

    [Fact]
    public async Task ReadAsync_Completed_HasNoUrl()
    {
        _account.Server.Answer(200, """{"id":"video_1","status":"completed","expires_at":1764000000}""");

        Assert.Equal(new ReadResult.Succeeded(new ProviderVideo(null, null)), await ReadAsync());
    }

    [Theory]
    [InlineData("""{"status":"failed","error":{"code":"moderation_blocked","message":"m"}}""", FailureClass.ContentPolicy, "moderation_blocked")]
    [InlineData("""{"status":"failed","error":{"code":"sentinel_block","message":"m"}}""", FailureClass.ContentPolicy, "sentinel_block")]
    [InlineData("""{"status":"failed","error":{"code":"input_moderation","message":"m"}}""", FailureClass.ContentPolicy, "input_moderation")]
    [InlineData("""{"status":"failed","error":{"code":"invalid_input_reference","message":"m"}}""", FailureClass.InvalidInput, "invalid_input_reference")]
    [InlineData("""{"status":"failed","error":{"code":"internal_error","message":"m"}}""", FailureClass.ProviderUnavailable, "internal_error")]
    [InlineData("""{"status":"failed","error":"out of memory"}""", FailureClass.ProviderUnavailable, null)]
    [InlineData("""{"status":"failed","error":null}""", FailureClass.ProviderUnavailable, null)]
    [InlineData("""{"status":"expired"}""", FailureClass.ResultExpired, "expired")]
    [InlineData("""{"status":"cancelled"}""", FailureClass.Cancelled, "cancelled")]
    public async Task ReadAsync_Over_HasItsClass(string video, FailureClass expected, string? code)
    {
        _account.Server.Answer(200, video);

        var failure = Assert.IsType<ReadResult.Failed>(await ReadAsync()).Failure;

        Assert.Equal((expected, code), (failure.Class, failure.Code));
        Assert.NotEmpty(failure.Message);
    }

    [Theory]
    [InlineData(404, """{"error":{"type":"invalid_request_error","message":"Video not found"}}""", true)]
    [InlineData(410, "{}", true)]
    [InlineData(404, "<html>no such page</html>", false)]
    [InlineData(401, "{}", false)]
    [InlineData(403, "{}", false)]
    [InlineData(429, "{}", false)]
    [InlineData(500, "{}", false)]
    [InlineData(302, "", false)]
    [InlineData(200, "<html>hello</html>", false)]
    public async Task ReadAsync_OtherAnswer_IsTheVideosEndOnlyWhereItSaysSo(int status, string body, bool gone)
    {
        _account.Server.Answer(status, body, ("retry-after", "9"));

        var result = await ReadAsync();

        if (gone) Assert.Equal(FailureClass.ResultExpired, Assert.IsType<ReadResult.Failed>(result).Failure.Class);
        else Assert.Equal(TimeSpan.FromSeconds(9), Assert.IsType<ReadResult.Unavailable>(result).RetryAfter);
    }

    [Theory]
    [InlineData("../models")]
    [InlineData("a/b?c")]
    [InlineData("")]
    public async Task AnyCall_IdThatWouldLeadElsewhere_IsNotSent(string id)
    {
        Assert.IsType<ReadResult.Unavailable>(await _account.Provider.ReadAsync(Job(id), default));
        Assert.False(Assert.IsType<ContentResult.Failed>(await _account.Provider.OpenContentAsync(Job(id), default)).MayPass);
        Assert.Empty(_account.Server.Requests);
    }

    [Fact]
    public async Task OpenContentAsync_Video_IsStreamedAndNotReadAhead()
    {
        var content = new MemoryStream("the video"u8.ToArray());
        _account.Server.Then(_ => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(content) }));

        var opened = Assert.IsType<ContentResult.Opened>(await OpenAsync());

        Assert.Equal(0, content.Position);
        using var reader = new StreamReader(opened.Content);
        Assert.Equal("the video", await reader.ReadToEndAsync());
        var sent = Assert.Single(_account.Server.Requests);
        Assert.Equal(("GET", "https://videos.example.com/v1/videos/video_1/content", $"Bearer {Key}"), (sent.Method, sent.Url.AbsoluteUri, sent.Headers["Authorization"]));
    }

    [Fact]
    public async Task OpenContentAsync_VideoThatDrips_EndsWithTheTimeLimit()
    {
        _account.Server.Then(_ => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(new SilentStream()) }));
        var opened = Assert.IsType<ContentResult.Opened>(await OpenAsync());
        var reading = opened.Content.ReadAsync(new byte[10]).AsTask();

        _account.Time.Advance(_account.Options.ContentTimeout);

        await Assert.ThrowsAnyAsync<IOException>(() => reading);
    }

    [Theory]
    [InlineData("https://cdn.example.com/v.mp4?sig=1", "https://cdn.example.com/v.mp4?sig=1")]
    [InlineData("/files/v.mp4", "https://videos.example.com/files/v.mp4")]
    [InlineData("http://169.254.169.254/", "http://169.254.169.254/")] // whoever reads it refuses it
    public async Task OpenContentAsync_Redirect_IsNotFollowedWithTheKey(string location, string expected)
    {
        _account.Server.Answer(302, "", ("Location", location));

        Assert.Equal(new ContentResult.Elsewhere(expected), await OpenAsync());
        Assert.Single(_account.Server.Requests);
    }

    [Theory]
    [InlineData(401, FailureClass.ResultExpired, true)]
    [InlineData(404, FailureClass.ResultExpired, true)]
    [InlineData(410, FailureClass.ResultExpired, true)]
    [InlineData(429, FailureClass.ProviderUnavailable, true)]
    [InlineData(504, FailureClass.ProviderUnavailable, true)]
    [InlineData(400, FailureClass.BadResult, false)]
    [InlineData(304, FailureClass.BadResult, false)]
    public async Task OpenContentAsync_Error_HasItsClassAndWhetherItMayPass(int status, FailureClass expected, bool mayPass)
    {
        _account.Server.Answer(status, """{"error":{"code":"c","message":"m"}}""");

        var failed = Assert.IsType<ContentResult.Failed>(await OpenAsync());

        Assert.Equal((expected, mayPass), (failed.Failure.Class, failed.MayPass));
    }

    [Fact]
    public async Task OpenContentAsync_NoConnection_MayPass()
    {
        _account.Server.Fail(new HttpRequestException(HttpRequestError.ConnectionError));

        Assert.True(Assert.IsType<ContentResult.Failed>(await OpenAsync()).MayPass);
    }

    [Theory]
    [InlineData(200, "{\"object\":\"list\",\"data\":[]}", true)]
    [InlineData(404, "", true)] // not every server has a list
    [InlineData(401, "{}", false)]
    [InlineData(403, "{}", false)]
    [InlineData(502, "", false)]
    public async Task CheckAsync_Key_IsTriedWithoutSpending(int status, string body, bool isGood)
    {
        _account.Server.Answer(status, body);

        Assert.Equal(isGood, await _account.Provider.CheckAsync(default) is null);
        var sent = Assert.Single(_account.Server.Requests);
        Assert.Equal(("GET", "https://videos.example.com/v1/videos?limit=1"), (sent.Method, sent.Url.AbsoluteUri));
    }

    [Fact]
    public async Task CancelAsync_Always_IsNotPossibleAndNothingIsSent()
    {
        Assert.Equal(CancelResult.NotPossible, await _account.Provider.CancelAsync(Job(), default));
        Assert.Empty(_account.Server.Requests);
    }

    private Task<ReadResult> ReadAsync() => _account.Provider.ReadAsync(Job(), default);

    private Task<ContentResult> OpenAsync() => _account.Provider.OpenContentAsync(Job(), default);

    /// <summary>A body of which no byte ever comes.</summary>
    private sealed class SilentStream : OviFunctions.Http.ForwardOnlyStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }
    }
}
