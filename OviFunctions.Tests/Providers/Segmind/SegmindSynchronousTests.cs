using System.Net;
using System.Net.Http.Headers;
using OviFunctions.Configuration;
using OviFunctions.Providers;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.Segmind;

/// <summary>Version 1: one call, which answers with the video.</summary>
public sealed class SegmindSynchronousTests
{
    private readonly SegmindAccount _account = new(SegmindVersion.V1);

    [Theory]
    [InlineData("video/mp4")]
    [InlineData("VIDEO/MP4; codecs=avc1")]
    [InlineData("application/octet-stream")]
    [InlineData("binary/octet-stream")]
    public async Task SubmitAsync_Bytes_AreHandedOverUnread(string contentType)
    {
        var body = new WatchedStream([1, 2, 3]);
        AnswerWith(body, contentType, ("x-seed-value", "77"));

        var video = Assert.IsType<SubmitResult.Finished>(await SubmitAsync()).Video;

        Assert.Equal((77L, null, 0), (video.Seed, video.Url, body.Reads));
        using var copy = new MemoryStream();
        await using (video.Content) await video.Content!.CopyToAsync(copy);
        Assert.Equal([1, 2, 3], copy.ToArray());
        Assert.True(body.IsClosed);
    }

    [Theory]
    [InlineData("""{"output":"https://cdn.example/o.mp4"}""")]
    [InlineData("""{"output":["https://cdn.example/o.mp4"]}""")]
    [InlineData("""{"output":{"url":"https://cdn.example/o.mp4"}}""")]
    [InlineData("""{"output":[{"video_url":"https://cdn.example/o.mp4"}]}""")]
    [InlineData("""{"video_url":"https://cdn.example/o.mp4"}""")]
    [InlineData("""{"video":{"url":"https://cdn.example/o.mp4"},"status_url":"https://api.segmind.com/no"}""")]
    public async Task SubmitAsync_Json_NamesTheVideo(string body)
    {
        _account.Segmind.Answer(200, body, ("x-seed-value", "5"));

        var finished = Assert.IsType<SubmitResult.Finished>(await SubmitAsync());

        Assert.Equal(new ProviderVideo("https://cdn.example/o.mp4", 5), finished.Video);
    }

    [Theory]
    [InlineData("""{"output":"none"}""")]
    [InlineData("""{"output":{"url":"ftp://cdn.example/o.mp4"}}""")]
    [InlineData("""{"output":[[[[[["https://cdn.example/o.mp4"]]]]]]}""")]
    [InlineData("""{"request_id":"r","status_url":"https://api.segmind.com/v2/requests/r/status"}""")]
    [InlineData("""{"status":"success","video_url":null}""")]
    public async Task SubmitAsync_JsonWithoutAVideo_IsABadResultThatIsBilled(string body)
    {
        _account.Segmind.Answer(200, body);

        var rejected = Assert.IsType<SubmitResult.Rejected>(await SubmitAsync());
        Assert.Equal((FailureClass.BadResult, true), (rejected.Failure.Class, rejected.Billed));
    }

    [Fact]
    public async Task SubmitAsync_ErrorInBytes_IsNoVideo()
    {
        AnswerWith(new MemoryStream("{\"error\":\"Insufficient credits\"}"u8.ToArray()), "application/octet-stream", status: 406);

        Assert.Equal(FailureClass.ProviderCredits, Assert.IsType<SubmitResult.Rejected>(await SubmitAsync()).Failure.Class);
    }

    [Fact]
    public async Task SubmitAsync_Generation_HasMinutes()
    {
        _account.Segmind.Hang();
        var submitting = SubmitAsync();

        _account.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.False(submitting.IsCompleted);
        _account.Time.Advance(TimeSpan.FromMinutes(3));

        var ambiguous = Assert.IsType<SubmitResult.Ambiguous>(await submitting);
        Assert.Contains("no callback", ambiguous.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SubmitAsync_BytesThatStop_EndWithTheCallsTime()
    {
        AnswerWith(new StalledStream(), "video/mp4");
        var video = Assert.IsType<SubmitResult.Finished>(await SubmitAsync()).Video;
        await using var content = video.Content!;

        var reading = content.ReadAsync(new byte[10]).AsTask();
        _account.Time.Advance(_account.Options.GenerationTimeout);

        await Assert.ThrowsAsync<IOException>(() => reading);
    }

    private Task<SubmitResult> SubmitAsync() => _account.Provider.SubmitAsync(ProviderRequests.Image(), default);

    private void AnswerWith(Stream body, string contentType, params (string Name, string Value)[] headers) =>
        AnswerWith(body, contentType, 200, headers);

    private void AnswerWith(Stream body, string contentType, int status, params (string Name, string Value)[] headers) => _account.Segmind.Then(_ =>
    {
        var content = new StreamContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } };
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = content };
        foreach (var (name, value) in headers) response.Headers.Add(name, value);
        return Task.FromResult(response);
    });

    /// <summary>Counts its reads.</summary>
    private sealed class WatchedStream(byte[] bytes) : MemoryStream(bytes)
    {
        public int Reads { get; private set; }

        public bool IsClosed => !CanRead;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            return base.ReadAsync(buffer, cancellationToken);
        }
    }

    /// <summary>Of which no byte ever comes.</summary>
    private sealed class StalledStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }
    }
}
