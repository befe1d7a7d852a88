using OviFunctions.Media;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Media.Ffmpeg.MediaBench;

namespace OviFunctions.Tests.Media.Ffmpeg;

/// <summary>What providers get to see of images of every kind.</summary>
[Collection(nameof(AzuriteTests))]
public sealed class ImageFitterTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private MediaBench _bench = null!;

    public static TheoryData<string> Resolutions => ["512x992", "992x512", "960x512", "512x960", "720x720", "448x1120", "1120x448"];

    public async Task InitializeAsync() => _bench = new MediaBench(await azurite.NewContainerAsync());

    public Task DisposeAsync() => Task.CompletedTask;

    [TheoryWith("ffmpeg")]
    [MemberData(nameof(Resolutions))]
    public async Task Fit_LandscapeAndPortrait_FillTheFrameExactly(string resolution)
    {
        foreach (var (width, height) in new[] { (640, 360), (360, 640) })
        {
            var picture = await _bench.FitAsync(Quarters("png", width, height), resolution);

            Assert.Equal($"png {resolution} rgb24", Probe(picture));
            Assert.Equal("RGBW", QuartersOf(picture));
        }
    }

    // Which corner of the stored picture is where in the upright one: Exif 2.32, table 6.
    [TheoryWith("ffmpeg")]
    [InlineData(1, "RGBW")]
    [InlineData(2, "GRWB")]
    [InlineData(3, "WBGR")]
    [InlineData(4, "BWRG")]
    [InlineData(5, "RBGW")]
    [InlineData(6, "BRWG")]
    [InlineData(7, "WGBR")]
    [InlineData(8, "GWRB")]
    public async Task Fit_ExifOrientation_IsUpright(int orientation, string quarters)
    {
        var stored = ExifSample.InJpeg(Quarters("mjpeg -pix_fmt yuvj444p -q:v 1", 96, 64), ExifSample.Tiff(orientation, little: true));

        var picture = await _bench.FitAsync(stored, "512x992");

        Assert.Equal(("png 512x992 rgb24", quarters), (Probe(picture), QuartersOf(picture)));
    }

    [FactWith("ffmpeg")]
    public async Task Fit_Pad_ShowsAllOfTheImageBetweenBlackBars()
    {
        var picture = await _bench.FitAsync(Quarters("png", 200, 100), "720x720", ImageFit.Pad);

        Assert.Equal("png 720x720 rgb24", Probe(picture));
        Assert.Equal(
            ("K", "K", "R", "W", "K", "K"),
            (ColourAt(picture, 5, 5), ColourAt(picture, 360, 170), ColourAt(picture, 5, 190), ColourAt(picture, 715, 530), ColourAt(picture, 360, 550), ColourAt(picture, 715, 715)));
    }

    [FactWith("ffmpeg")]
    public async Task Fit_PadTurnedImage_PadsTheUprightOne()
    {
        // Stored 128 x 64, upright 64 x 128: bars at the left and the right.
        var stored = ExifSample.InJpeg(Quarters("mjpeg -pix_fmt yuvj444p -q:v 1", 128, 64), ExifSample.Tiff(6, little: false));

        var picture = await _bench.FitAsync(stored, "720x720", ImageFit.Pad);

        Assert.Equal(("K", "B", "G", "K"), (ColourAt(picture, 5, 360), ColourAt(picture, 190, 5), ColourAt(picture, 530, 715), ColourAt(picture, 715, 360)));
    }

    // Half of the picture is transparent, and green below that: no green may be seen, not even at the edge.
    [TheoryWith("ffmpeg")]
    [InlineData("png")]
    [InlineData("libwebp -lossless 1")]
    [InlineData("libwebp -quality 90")]
    public async Task Fit_Transparency_IsWhite(string codec)
    {
        const string graph = "color=red:s=32x64,format=rgba[a];color=lime:s=32x64,format=rgba,colorchannelmixer=aa=0[b];[a][b]hstack";

        var picture = await _bench.FitAsync(Make(graph, codec), "720x720");

        Assert.Equal(("R", "W"), (ColourAt(picture, 100, 360), ColourAt(picture, 620, 360)));
        Assert.All(Row(picture, 360).Chunk(3), pixel => Assert.True(pixel[1] <= pixel[0] + 16, $"Green: {Convert.ToHexString(pixel)}"));
    }

    [TheoryWith("ffmpeg")]
    [InlineData("png -pix_fmt gray")]
    [InlineData("png -pix_fmt ya8")]
    [InlineData("png -pix_fmt pal8")]
    [InlineData("png -pix_fmt rgba64be")]
    [InlineData("png -pix_fmt monob")]
    [InlineData("mjpeg -pix_fmt yuvj420p")]
    [InlineData("libwebp -quality 80")]
    public async Task Fit_EveryKindOfPixel_GivesAPicture(string codec) =>
        Assert.Equal("png 960x512 rgb24", Probe(await _bench.FitAsync(Make("testsrc=s=97x61", codec), "960x512")));

    [FactWith("ffmpeg")]
    public async Task Fit_SmallestImage_IsEnlarged() =>
        Assert.Equal("RGBW", QuartersOf(await _bench.FitAsync(Quarters("png", 32, 32), "1120x448")));

    [FactWith("ffmpeg")]
    public async Task Fit_HugeImage_IsReduced()
    {
        // 49 megapixels in 150 KB: what a decompression bomb may have at most.
        var bomb = Quarters("png", 7000, 7000);
        Assert.InRange(bomb.Length, 1, 1 << 20);

        Assert.Equal("RGBW", QuartersOf(await _bench.FitAsync(bomb, "992x512")));
    }

    [FactWith("ffmpeg")]
    public async Task Fit_LongestStrip_IsNoLargerOnTheWay()
    {
        // Scaled before it is cut, this would be 1,120 x 560,000.
        var strip = Make("color=red:s=32x16000", "png");

        Assert.Equal("RRRR", QuartersOf(await _bench.FitAsync(strip, "1120x448")));
        Assert.Equal("K", ColourAt(await _bench.FitAsync(strip, "1120x448", ImageFit.Pad), 5, 200));
    }

    [FactWith("prlimit")]
    public async Task Fit_TooMuchForTheMemory_IsRefusedAndNothingIsStored()
    {
        var image = await _bench.StoreImageAsync(Quarters("png", 7000, 7000));
        _bench.Settings.Media.MaxMemoryMegabytes = 450;

        var problem = await _bench.Fitter.FitAsync(image, new PixelSize(992, 512), ImageFit.Crop, "fitted/x.png", default);

        Assert.Equal(ImageFault.Undecodable, problem!.Fault);
        Assert.Null(await _bench.Images.FindAsync("fitted/x.png", default));
    }

    [FactWith("ffmpeg")]
    public async Task Fit_PictureDataIsGarbage_IsRefused()
    {
        var problem = await _bench.Fitter.FitAsync(await _bench.StoreImageAsync(BrokenPng()), new PixelSize(992, 512), ImageFit.Crop, "fitted/x.png", default);

        Assert.Equal(ImageFault.Undecodable, problem!.Fault);
    }

    [FactWith("ffmpeg")]
    public async Task Fit_Again_KeepsTheFirstPicture()
    {
        var image = await _bench.StoreImageAsync(Quarters("png"));
        await _bench.Fitter.FitAsync(image, new PixelSize(992, 512), ImageFit.Crop, "fitted/x.png", default);
        var first = await _bench.ReadAsync("fitted/x.png");

        Assert.Null(await _bench.Fitter.FitAsync(image, new PixelSize(720, 720), ImageFit.Crop, "fitted/x.png", default));

        Assert.Equal(first, await _bench.ReadAsync("fitted/x.png"));
        Assert.Equal("image/png", (await _bench.Images.FindAsync(image.Blob, default))!.MediaType);
    }
}
