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

/// <summary>The files beside the video: each by its own link, with ranges, and only when the video is delivered.</summary>
[Collection(nameof(AzuriteTests))]
public sealed class MediaAssetsTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly byte[] Exact = MediaSample.Read("video-audio.mp4");
    private static readonly byte[] Original = MediaSample.Read("video-only.mp4");
    private static readonly byte[] Poster = MediaSample.Read("picture.jpg");
    private static readonly string Job = JobIdentity.ForApiKey("alice", "order-1");

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryRecordStore _records = new();
    private readonly JobSecrets _secrets = new(KeyRingTests.Of("k1"));
    private MediaFunctions _functions = null!;
    private ImageIntake _images = null!;
    private VideoAsset _video = null!;

    public async Task InitializeAsync()
    {
        BlobContainerClient container = await azurite.NewContainerAsync();
        var videos = new VideoStore(container);
        _images = JobSamples.NewIntake(container);
        _functions = new MediaFunctions(new JobAccess(_secrets, new ApiKeys(TestSettings.Read(), _clock)), _secrets, _records, videos, _images, _clock);
        var blob = JobIds.VideoBlob(Job, 0);
        _video = new VideoAsset(await StoreAsync(Exact, JobIds.ExactBlob(blob)), 7)
        {
            Original = await StoreAsync(Original, blob),
            Poster = Assert.IsType<ImageResult.Stored>(await _images.StoreAsync(new MemoryStream(Poster), JobIds.PosterBlob(blob), default)).Image,
        };

        async Task<StoredVideo> StoreAsync(byte[] file, string name) =>
            Assert.IsType<VideoResult.Stored>(await videos.StoreAsync(new MemoryStream(file), name, 1 << 20, default)).Video;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Content_EachAsset_IsServedByItsLinkAndByTheToken()
    {
        await OutcomeAsync(JobOutcome.Delivered);
        foreach (var (asset, type, name, file) in new[]
        {
            ("video", "video/mp4", $"{Job}.mp4", Exact), ("original", "video/mp4", $"{Job}-original.mp4", Original), ("poster", "image/jpeg", $"{Job}.jpg", Poster),
        })
        {
            foreach (var answer in new[] { await ContentAsync($"{Link(asset)}&asset={asset}"), await ContentAsync($"?asset={asset}", Token) })
            {
                Assert.Equal((200, type), (answer.Status, answer.Context.Response.ContentType));
                Assert.Equal(file, answer.Body);
                Assert.Equal(("private, max-age=3600", "nosniff", $"inline; filename=\"{name}\""), (
                    answer.Header("Cache-Control"), answer.Header("X-Content-Type-Options"), answer.Header("Content-Disposition")));
            }

            var part = await ContentAsync($"?asset={asset}", Token, ("Range", "bytes=10-19"));
            Assert.Equal((206, $"bytes 10-19/{file.Length}"), (part.Status, part.Header("Content-Range")));
            Assert.Equal(file[10..20], part.Body);
            Assert.Equal(304, (await ContentAsync($"?asset={asset}", Token, ("If-None-Match", part.Header("ETag")!))).Status);
        }
    }

    [Theory]
    [InlineData("video", "original")]
    [InlineData("poster", "video")]
    [InlineData("original", "poster")]
    [InlineData("image", "image")] // the providers' link
    [InlineData("other", "other")]
    public async Task Content_LinkOfSomethingElse_IsNotFound(string link, string asset)
    {
        await OutcomeAsync(JobOutcome.Delivered);

        Assert.Contains("not_found", (await ContentAsync($"{Link(link)}&asset={asset}")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_NoSuchAsset_IsNamed()
    {
        _video = _video with { Original = null };
        await OutcomeAsync(JobOutcome.Delivered);

        foreach (var asset in new[] { "original", "trailer", "image" })
        {
            var answer = await ContentAsync($"?asset={asset}", Token);
            Assert.Equal(404, answer.Status);
            Assert.Contains("no_asset", answer.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("poster")]
    [InlineData("original")]
    public async Task Content_NotDelivered_NothingIsShown(string asset)
    {
        await OutcomeAsync(JobOutcome.RefundDue);

        Assert.Equal(404, (await ContentAsync($"?asset={asset}", Token)).Status);
    }

    [Fact]
    public async Task Image_Fitted_IsWhatTheProvidersGet()
    {
        await _images.StoreAsync(new MemoryStream(Poster), JobIds.ImageBlob(Job), default);
        Assert.Equal((200, "image/jpeg"), await ImageAsync());

        await _images.StoreAsync(new MemoryStream(MediaSample.Read("picture.png")), JobIds.FittedBlob(Job), default);
        Assert.Equal((200, "image/png"), await ImageAsync());
    }

    private (string Name, string Value) Token => ("Authorization", $"Bearer {_secrets.JobToken("k1", Job)}");

    private string Link(string what) => _secrets.LinkQuery("k1", Job, what, _clock.GetUtcNow().AddDays(1));

    private Task OutcomeAsync(JobOutcome outcome) => _records.TryCreateAsync(
        RecordNames.Outcome(Job), JobSamples.OutcomeOf(JobSamples.KeyJob with { JobId = Job }, outcome) with { Video = _video }, default);

    private async Task<HttpExchange> ContentAsync(string query, params (string Name, string Value)[] headers)
    {
        var exchange = new HttpExchange("GET", $"/v1/videos/jobs/{Job}/content{query}", headers);
        return await exchange.AnswerAsync(await _functions.ContentAsync(exchange.Request, Job, default));
    }

    private async Task<(int Status, string? Type)> ImageAsync()
    {
        var exchange = new HttpExchange("GET", $"/v1/images/{Job}{Link("image")}");
        await exchange.AnswerAsync(await _functions.ImageAsync(exchange.Request, Job, default));
        return (exchange.Status, exchange.Context.Response.ContentType);
    }
}
