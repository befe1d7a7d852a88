using System.Net;
using System.Security.Cryptography;
using System.Text;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Http.Egress;
using OviFunctions.Media;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Media;

[Collection(nameof(AzuriteTests))]
public sealed class ImageIntakeTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private BlobContainerClient _container = null!;

    public async Task InitializeAsync() => _container = await azurite.NewContainerAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("picture.png", "image/png")]
    [InlineData("picture.jpg", "image/jpeg")]
    [InlineData("picture-lossy.webp", "image/webp")]
    public async Task StoreAsync_InlineImage_StoredWithTheTypeOfItsContent(string file, string mediaType)
    {
        var bytes = MediaSample.Read(file);

        // The declared type is wrong for two of them.
        var result = await NewIntake().StoreAsync(Inline(bytes, "data:image/png;base64,"), "job_1/image", default);

        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.Equal(
            new ImageInfo("job_1/image", mediaType, 96, 64, bytes.Length, sha256), Assert.IsType<ImageResult.Stored>(result).Image);
        var blob = await _container.GetBlobClient("job_1/image").DownloadContentAsync();
        Assert.Equal(bytes, blob.Value.Content.ToArray());
        Assert.Equal(mediaType, blob.Value.Details.ContentType);
    }

    [Fact]
    public async Task StoreAsync_SameInlineImageAgain_SameAnswer()
    {
        var source = Inline(MediaSample.Read("picture.png"));

        Assert.Equal(await NewIntake().StoreAsync(source, "i", default), await NewIntake().StoreAsync(source, "i", default));
    }

    [Fact]
    public async Task StoreAsync_OtherInlineImageUnderTheName_Conflict()
    {
        await NewIntake().StoreAsync(Inline(MediaSample.Read("picture.png")), "i", default);

        Assert.Equal(ImageFault.Conflict, await FaultAsync(Inline(MediaSample.Read("picture.jpg"))));
    }

    [Fact]
    public async Task StoreAsync_InlineImageOfManyBlocks_StoredWhole()
    {
        // A PNG may have anything between its chunks' names: 3 MB of a private chunk.
        var png = MediaSample.Read("picture.png");
        byte[] large = [.. png[..33], 0x00, 0x30, 0x00, 0x00, .. "ovIx"u8, .. RandomNumberGenerator.GetBytes(0x300000 + 4), .. png[33..]];

        var image = Assert.IsType<ImageResult.Stored>(await NewIntake().StoreAsync(Inline(large), "i", default)).Image;

        Assert.Equal(large.Length, image.Bytes);
        Assert.Equal(large, (await _container.GetBlobClient("i").DownloadContentAsync()).Value.Content.ToArray());
    }

    [Fact]
    public async Task StoreAsync_RefusedInlineImages_StoreNothing()
    {
        Assert.Equal(ImageFault.Format, await FaultAsync(Inline(MediaSample.Read("picture.gif"))));
        Assert.Equal(ImageFault.Animated, await FaultAsync(Inline(MediaSample.Read("animated.webp"))));
        Assert.Equal(ImageFault.Truncated, await FaultAsync(Inline(MediaSample.Read("picture.jpg")[..^500])));
        Assert.Equal(ImageFault.TooLarge, await FaultAsync(Inline(TooLarge)));
        Assert.Equal(ImageFault.Base64, await FaultAsync(Parse("https//ovi.dev/cat.png")));
        Assert.False(await _container.GetBlobClient("i").ExistsAsync());
    }

    [Fact]
    public void Check_SameSources_FindsTheSameWithoutStorage()
    {
        var intake = new ImageIntake(new BlobContainerClient(new Uri("http://127.0.0.1:1/none/none")), NewGuard(1));

        Assert.Null(intake.Check(Inline(MediaSample.Read("picture.jpg"))));
        Assert.Equal(ImageFault.Format, intake.Check(Inline(MediaSample.Read("picture.gif")))?.Fault);
        Assert.Equal(ImageFault.Truncated, intake.Check(Inline(MediaSample.Read("picture.jpg")[..^500]))?.Fault);
        Assert.Equal(ImageFault.TooLarge, intake.Check(Inline(TooLarge))?.Fault);
        Assert.Equal(ImageFault.Base64, intake.Check(Parse("https//ovi.dev/cat.png"))?.Fault);
        Assert.Null(intake.Check(Parse("https://ovi.dev/cat.png")));
        Assert.Equal(ImageFault.UrlRefused, intake.Check(Parse("http://169.254.169.254/"))?.Fault);
    }

    [Fact]
    public async Task StoreAsync_Url_StoredOnceWhateverTheUrlShowsLater()
    {
        var bytes = MediaSample.Read("picture.png");
        await using var server = await LoopbackServer.StartAsync(context => context.Response.Body.WriteAsync(bytes).AsTask());
        var source = Parse($"http://stranger.ovi.dev:{server.Port}/cat");

        var first = await NewIntake(server.Port).StoreAsync(source, "i", default);
        bytes = "gone"u8.ToArray();
        var second = await NewIntake(server.Port).StoreAsync(source, "i", default);

        Assert.Equal("image/png", Assert.IsType<ImageResult.Stored>(first).Image.MediaType);
        Assert.Equal(first, second);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task StoreAsync_UrlWithTwoImagesAtOnce_BothGetTheFirst()
    {
        var held = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            var isSlow = context.Request.Path == "/slow";
            if (isSlow)
            {
                arrived.SetResult();
                await held.Task;
            }

            await context.Response.Body.WriteAsync(MediaSample.Read(isSlow ? "picture.jpg" : "picture.png"));
        });
        var slow = NewIntake(server.Port).StoreAsync(Parse($"http://stranger.ovi.dev:{server.Port}/slow"), "i", default);
        await arrived.Task;
        var fast = await NewIntake(server.Port).StoreAsync(Parse($"http://stranger.ovi.dev:{server.Port}/fast"), "i", default);

        held.SetResult();

        Assert.Equal(fast, await slow);
    }

    [Theory]
    [InlineData(404, ImageFault.Unreachable, false)]
    [InlineData(503, ImageFault.Unreachable, true)]
    [InlineData(200, ImageFault.Format, false)]
    public async Task StoreAsync_UrlWithoutAnImage_SaysWhetherToTryAgain(int status, ImageFault fault, bool transient)
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "image/png";
            return context.Response.Body.WriteAsync("<html>an error page, as hosts send it</html>"u8.ToArray()).AsTask();
        });

        var problem = Assert.IsType<ImageResult.Refused>(
            await NewIntake(server.Port).StoreAsync(Parse($"http://stranger.ovi.dev:{server.Port}/cat"), "i", default)).Problem;

        Assert.Equal((fault, transient), (problem.Fault, problem.Transient));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StoreAsync_UrlOverTenMegabytes_TooLarge(bool declared)
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            if (declared) context.Response.ContentLength = TooLarge.Length;
            return context.Response.Body.WriteAsync(TooLarge).AsTask();
        });

        Assert.Equal(ImageFault.TooLarge, await FaultAsync(Parse($"http://stranger.ovi.dev:{server.Port}/cat"), server.Port));
    }

    [Fact]
    public async Task StoreAsync_UrlThatLeadsInside_Refused() =>
        Assert.Equal(ImageFault.UrlRefused, await FaultAsync(Parse("http://inside.ovi.dev/cat.png")));

    private async Task<ImageFault> FaultAsync(ImageSource source, int port = 1) =>
        Assert.IsType<ImageResult.Refused>(await NewIntake(port).StoreAsync(source, "i", default)).Problem.Fault;

    private static byte[] TooLarge => [.. MediaSample.Read("picture.jpg"), .. new byte[ImageLimits.MaxBytes]];

    private static ImageSource Inline(byte[] image, string prefix = "") => Parse(prefix + Convert.ToBase64String(image));

    private static ImageSource Parse(string text)
    {
        Assert.True(ImageSource.TryParse(Encoding.UTF8.GetBytes(text), out var source, out var problem), problem?.Message);
        return source;
    }

    private ImageIntake NewIntake(int port = 1) => new(_container, NewGuard(port));

    private static EgressGuard NewGuard(int port) => new(
        new EgressOptions { AllowedHosts = [$"stranger.ovi.dev:{port}"] },
        TimeProvider.System,
        NullLogger<EgressGuard>.Instance,
        (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]),
        EgressPolicy.For);
}
