using Azure.Storage.Blobs;
using OviFunctions.Functions;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Secrets;
using OviFunctions.Tests.Media;
using OviFunctions.Tests.Secrets;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>The finished video for its buyer, the image for the providers.</summary>
[Collection(nameof(AzuriteTests))]
public sealed class MediaFunctionsTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly byte[] Mp4 = MediaSample.Read("video-audio.mp4");
    private static readonly byte[] Jpeg = MediaSample.Read("picture.jpg");
    private static readonly string Job = JobIdentity.ForApiKey("alice", "order-1");

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();
    private readonly JobSecrets _secrets = new(KeyRingTests.Of("k1"));
    private BlobContainerClient _container = null!;
    private MediaFunctions _functions = null!;
    private VideoAsset _video = null!;

    public async Task InitializeAsync()
    {
        _container = await azurite.NewContainerAsync();
        var (videos, images) = (new VideoStore(_container), JobSamples.NewIntake(_container));
        _functions = new MediaFunctions(new JobAccess(_secrets, new ApiKeys(TestSettings.Read(), _clock)), _secrets, _records, videos, images, _clock);
        var stored = await videos.StoreAsync(new MemoryStream(Mp4), JobIds.VideoBlob(Job, 0), 1 << 20, default);
        _video = new VideoAsset(Assert.IsType<VideoResult.Stored>(stored).Video, 7);
        var image = new ImageSource.Inline(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(Jpeg)));
        Assert.IsType<ImageResult.Stored>(await images.StoreAsync(image, JobIds.ImageBlob(Job), default));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Content_ByLinkTokenOrApiKey_IsTheVideo()
    {
        await OutcomeAsync(JobOutcome.Delivered);

        foreach (var answer in new[]
        {
            await ContentAsync(Link("video")),
            await ContentAsync("", ("Authorization", $"Bearer {_secrets.JobToken("k1", Job)}")),
            await ContentAsync("", ("Authorization", $"Bearer {TestSettings.ApiKey}")),
        })
        {
            Assert.Equal((200, "video/mp4"), (answer.Status, answer.Context.Response.ContentType));
            Assert.Equal(Mp4, answer.Body);
            Assert.Equal(("private, max-age=3600", "nosniff", $"inline; filename=\"{Job}.mp4\""), (
                answer.Header("Cache-Control"), answer.Header("X-Content-Type-Options"), answer.Header("Content-Disposition")));
            Assert.Equal("bytes", answer.Header("Accept-Ranges"));
        }
    }

    [Fact]
    public async Task Content_Range_IsTheRange()
    {
        await OutcomeAsync(JobOutcome.Delivered);

        var answer = await ContentAsync(Link("video"), ("Range", "bytes=100-199"));

        Assert.Equal((206, $"bytes 100-199/{Mp4.Length}"), (answer.Status, answer.Header("Content-Range")));
        Assert.Equal(Mp4[100..200], answer.Body);
        Assert.Equal(416, (await ContentAsync(Link("video"), ("Range", $"bytes={Mp4.Length}-"))).Status);
    }

    [Fact]
    public async Task Content_Head_HasTheLengthAndNoBody()
    {
        await OutcomeAsync(JobOutcome.Delivered);

        var answer = await ContentAsync(Link("video"), "HEAD");

        Assert.Equal((200, (long?)Mp4.Length), (answer.Status, answer.Context.Response.ContentLength));
        Assert.Empty(answer.Body);
    }

    [Fact]
    public async Task Content_KnownETag_IsNotSentAgain()
    {
        await OutcomeAsync(JobOutcome.Delivered);
        var tag = (await ContentAsync(Link("video"))).Header("ETag")!;

        Assert.Equal(304, (await ContentAsync(Link("video"), ("If-None-Match", tag))).Status);
        Assert.Equal(206, (await ContentAsync(Link("video"), ("Range", "bytes=0-1"), ("If-Range", tag))).Status);
        Assert.Equal(200, (await ContentAsync(Link("video"), ("Range", "bytes=0-1"), ("If-Range", "\"other\""))).Status);
    }

    [Fact]
    public async Task Content_LinkOfSomethingElse_Is404()
    {
        await OutcomeAsync(JobOutcome.Delivered);
        var other = _secrets.LinkQuery("k1", JobIdentity.ForApiKey("alice", "order-2"), "video", _clock.GetUtcNow().AddDays(1));

        Assert.Equal(404, (await ContentAsync("")).Status);
        Assert.Equal(404, (await ContentAsync(Link("image"))).Status);
        Assert.Equal(404, (await ContentAsync(other)).Status);
        Assert.Equal(404, (await ContentAsync(Link("video")[..^1])).Status);
        Assert.Equal(404, (await ContentAsync("", ("Authorization", "Bearer ovt_k1_AAAA"))).Status);
    }

    [Fact]
    public async Task Content_ExpiredLink_Is404()
    {
        await OutcomeAsync(JobOutcome.Delivered);
        var link = Link("video");

        _clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(404, (await ContentAsync(link)).Status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(JobOutcome.RefundDue)]
    [InlineData(JobOutcome.Unpaid)]
    public async Task Content_VideoOfAJobThatWasNotDelivered_IsNotServed(JobOutcome? outcome)
    {
        // The file is there, late; the money goes back.
        if (outcome is { } recorded) await OutcomeAsync(recorded);

        var answer = await ContentAsync(Link("video"));

        Assert.Equal((404, "no_video"), (answer.Status, answer.Json.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Content_FileIsGone_Is404()
    {
        await OutcomeAsync(JobOutcome.Delivered);
        await _container.DeleteBlobAsync(_video.File.Blob);

        Assert.Equal(404, (await ContentAsync(Link("video"))).Status);
    }

    [Fact]
    public async Task Image_ByItsLink_IsTheImage()
    {
        var answer = await ImageAsync(Job, Link("image"));

        Assert.Equal((200, "image/jpeg", "private, no-store", "nosniff"), (
            answer.Status, answer.Context.Response.ContentType, answer.Header("Cache-Control"), answer.Header("X-Content-Type-Options")));
        Assert.Equal(Jpeg, answer.Body);
    }

    [Fact]
    public async Task Image_Otherwise_Is404()
    {
        var other = JobIdentity.ForApiKey("alice", "order-2");

        Assert.Equal(404, (await ImageAsync(Job, "")).Status);
        Assert.Equal(404, (await ImageAsync(Job, Link("video"))).Status); // a buyer's link
        Assert.Equal(404, (await ImageAsync(other, Link("image"))).Status);
        Assert.Equal(404, (await ImageAsync(other, _secrets.LinkQuery("k1", other, "image", _clock.GetUtcNow().AddDays(1)))).Status);
        Assert.Equal(404, (await ImageAsync("../claims/x", _secrets.LinkQuery("k1", "../claims/x", "image", _clock.GetUtcNow().AddDays(1)))).Status);
    }

    private string Link(string what) => _secrets.LinkQuery("k1", Job, what, _clock.GetUtcNow().AddDays(1));

    private Task OutcomeAsync(JobOutcome outcome) => _records.TryCreateAsync(
        RecordNames.Outcome(Job), JobSamples.OutcomeOf(JobSamples.KeyJob with { JobId = Job }, outcome) with { Video = _video }, default);

    private Task<HttpExchange> ContentAsync(string query, params (string Name, string Value)[] headers) => ContentAsync(query, "GET", headers);

    private async Task<HttpExchange> ContentAsync(string query, string method, params (string Name, string Value)[] headers)
    {
        var exchange = new HttpExchange(method, $"/v1/videos/jobs/{Job}/content{query}", headers);
        return await exchange.AnswerAsync(await _functions.ContentAsync(exchange.Request, Job, default));
    }

    private async Task<HttpExchange> ImageAsync(string jobId, string query)
    {
        var exchange = new HttpExchange("GET", $"/v1/images/{jobId}{query}");
        return await exchange.AnswerAsync(await _functions.ImageAsync(exchange.Request, jobId, default));
    }
}
