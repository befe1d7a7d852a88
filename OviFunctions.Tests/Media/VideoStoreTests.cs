using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Http;
using OviFunctions.Media;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Media;

[Collection(nameof(AzuriteTests))]
public sealed class VideoStoreTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const long Cap = 500 << 20;

    private BlobContainerClient _container = null!;
    private VideoStore _store = null!;

    public async Task InitializeAsync()
    {
        _container = await azurite.NewContainerAsync();
        _store = new VideoStore(_container);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task StoreAsync_Video_StoredWithItsFacts()
    {
        var file = MediaSample.Read("video-audio.mp4");

        var stored = Assert.IsType<VideoResult.Stored>(await StoreAsync(new MemoryStream(file), "job_1/video.mp4")).Video;

        var sha256 = Convert.ToHexStringLower(SHA256.HashData(file));
        Assert.Equal(("job_1/video.mp4", (long)file.Length, sha256), (stored.Blob, stored.Bytes, stored.Sha256));
        Assert.Equal((96, 64, true), (stored.Info.Width, stored.Info.Height, stored.Info.HasAudio));
        var blob = await _container.GetBlobClient("job_1/video.mp4").DownloadContentAsync();
        Assert.Equal(file, blob.Value.Content.ToArray());
        Assert.Equal("video/mp4", blob.Value.Details.ContentType);
        Assert.Equal(stored, await _store.FindAsync("job_1/video.mp4", default));
    }

    [Fact]
    public async Task StoreAsync_NameTaken_ReturnsTheFirstWithoutReading()
    {
        var first = await StoreAsync(Sample("video-audio.mp4"), "v");

        Assert.Equal(first, await StoreAsync(new BrokenStream([]), "v"));
    }

    [Theory]
    [InlineData(0)] // the slow one stages after the commit of the other
    [InlineData(5 << 20)] // the slow one has staged its first block before
    public async Task StoreAsync_TwoAtOnce_FirstToCommitWinsAndBothGetIt(int padding)
    {
        var slow = new GatedStream(Padded("hevc.mp4", padding));
        var second = StoreAsync(slow, "v");
        await slow.Reached;
        var first = await StoreAsync(Sample("video-only.mp4"), "v");

        slow.Open();

        Assert.Equal(first, await second);
        var content = await _container.GetBlobClient("v").DownloadContentAsync();
        Assert.Equal(MediaSample.Read("video-only.mp4"), content.Value.Content.ToArray());
    }

    [Fact]
    public async Task StoreAsync_TwoStageAtOnce_NeitherCommitsBytesOfTheOther()
    {
        var (mine, other) = (Padded("hevc.mp4", 5 << 20), Padded("video-only.mp4", 5 << 20));
        var (first, second) = (new GatedStream(mine), new GatedStream(other));
        var storing = StoreAsync(first, "v");
        await first.Reached;
        var alsoStoring = StoreAsync(second, "v");
        await second.Reached;

        first.Open();
        var stored = Assert.IsType<VideoResult.Stored>(await storing).Video;
        second.Open();

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(mine)), stored.Sha256);
        Assert.Equal(mine, (await _container.GetBlobClient("v").DownloadContentAsync()).Value.Content.ToArray());
        Assert.Equal(await storing, await alsoStoring);
    }

    [Theory]
    [InlineData("picture.png", VideoFault.NotMp4)]
    [InlineData("audio-only.mp4", VideoFault.NoVideo)]
    [InlineData("fragmented.mp4", VideoFault.Fragmented)]
    public async Task StoreAsync_RefusedContent_StoresNothing(string file, VideoFault fault)
    {
        var refused = Assert.IsType<VideoResult.Refused>(await StoreAsync(Sample(file), "v"));

        Assert.Equal(fault, refused.Problem.Fault);
        Assert.False(await _container.GetBlobClient("v").ExistsAsync());
    }

    [Fact]
    public async Task StoreAsync_CutVideo_RefusedAndTheNextAttemptStores()
    {
        var file = MediaSample.Read("video-audio-faststart.mp4");

        var refused = Assert.IsType<VideoResult.Refused>(await StoreAsync(new MemoryStream(file[..^10]), "v"));
        Assert.Equal(VideoFault.Truncated, refused.Problem.Fault);
        Assert.False(await _container.GetBlobClient("v").ExistsAsync());

        Assert.IsType<VideoResult.Stored>(await StoreAsync(new MemoryStream(file), "v"));
    }

    [Fact]
    public async Task StoreAsync_BrokenStream_RefusedAsBrokenSource()
    {
        var refused = Assert.IsType<VideoResult.Refused>(await StoreAsync(new BrokenStream(MediaSample.Read("video-only.mp4")), "v"));

        Assert.Equal(VideoFault.SourceBroken, refused.Problem.Fault);
        Assert.False(await _container.GetBlobClient("v").ExistsAsync());
    }

    [Fact]
    public async Task StoreAsync_OverTheCap_Refused()
    {
        var file = MediaSample.Read("video-only.mp4");

        var refused = Assert.IsType<VideoResult.Refused>(await _store.StoreAsync(new MemoryStream(file), "v", file.Length - 1, default));

        Assert.Equal(VideoFault.TooLarge, refused.Problem.Fault);
        Assert.IsType<VideoResult.Stored>(await _store.StoreAsync(new MemoryStream(file), "v", file.Length, default));
    }

    [Fact]
    public async Task StoreAsync_LargeVideo_NeverHoldsMoreThanOneBlock()
    {
        var uploads = new UploadCounter();
        var options = new BlobClientOptions();
        options.AddPolicy(uploads, HttpPipelinePosition.PerCall);
        var source = new LargeVideo(30 << 20, () => uploads.Bytes);

        var stored = await new VideoStore(await azurite.NewContainerAsync(options)).StoreAsync(source, "v", Cap, default);

        Assert.Equal(source.Length, Assert.IsType<VideoResult.Stored>(stored).Video.Bytes);
        Assert.InRange(source.MostHeld, 1 << 20, 4 << 20);
    }

    [Fact]
    public async Task OpenReadAsync_ServedByAspNet_AnswersRanges()
    {
        var file = MediaSample.Read("video-audio-faststart.mp4");
        await StoreAsync(new MemoryStream(file), "v");
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            using var video = (await _store.OpenReadAsync("v", context.RequestAborted))!;
            var etag = Microsoft.Net.Http.Headers.EntityTagHeaderValue.Parse(video.ETag);
            await Results.Stream(video.Content, "video/mp4", null, video.LastModified, etag, enableRangeProcessing: true)
                .ExecuteAsync(context);
        });
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}") };

        using var whole = await client.GetAsync("/");
        Assert.Equal(file, await whole.Content.ReadAsByteArrayAsync());
        Assert.Equal("bytes", Assert.Single(whole.Headers.AcceptRanges));

        await AssertRangeAsync(client, new RangeHeaderValue(100, 199), file[100..200]);
        await AssertRangeAsync(client, new RangeHeaderValue(null, 50), file[^50..]);
        await AssertRangeAsync(client, new RangeHeaderValue(file.Length - 1, null), file[^1..]);

        using var unchanged = new HttpRequestMessage(HttpMethod.Get, "/");
        unchanged.Headers.IfNoneMatch.Add(whole.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await client.SendAsync(unchanged)).StatusCode);
        using var beyond = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Range = new RangeHeaderValue(file.Length, null) } };
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, (await client.SendAsync(beyond)).StatusCode);
    }

    private static async Task AssertRangeAsync(HttpClient client, RangeHeaderValue range, byte[] expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Range = range } };
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(expected, await response.Content.ReadAsByteArrayAsync());
    }

    /// <summary>A sample with a second media data box behind it.</summary>
    private static byte[] Padded(string file, int padding)
    {
        var header = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(header, 8 + padding);
        "mdat"u8.CopyTo(header.AsSpan(4));
        return [.. MediaSample.Read(file), .. header, .. new byte[padding]];
    }

    private static MemoryStream Sample(string file) => new(MediaSample.Read(file));

    private Task<VideoResult> StoreAsync(Stream content, string name) => _store.StoreAsync(content, name, Cap, default);

    /// <summary>Counts the bytes of the blocks that the storage has taken.</summary>
    private sealed class UploadCounter : HttpPipelinePolicy
    {
        public long Bytes { get; private set; }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            long length = 0;
            var isBlock = message.Request.Uri.Query.Contains("comp=block&", StringComparison.Ordinal);
            if (isBlock) message.Request.Content!.TryComputeLength(out length);
            await ProcessNextAsync(message, pipeline);
            Bytes += length;
        }
    }
}
