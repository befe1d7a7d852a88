using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Media.Ffmpeg;
using OviFunctions.Tests.Media.Ffmpeg;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Activities;

/// <summary>Images that are brought to the asked size before a provider sees them, and before anything is charged.</summary>
[Collection(nameof(AzuriteTests))]
public sealed class PrepareFittedImageTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private BlobContainerClient _container = null!;
    private MediaBench _bench = null!;

    public async Task InitializeAsync()
    {
        _container = await azurite.NewContainerAsync();
        _bench = new MediaBench(_container);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [FactWith("ffmpeg")]
    public async Task Run_Image_IsFittedOnceAndTheOriginalStays()
    {
        var original = MediaBench.Quarters("png", 64, 32);
        await _bench.Images.StoreAsync(new MemoryStream(original), JobIds.ImageBlob(JobId), default);

        var prepared = await ActivityBench.TwiceAsync(() => RunAsync(_bench.Fitter));

        Assert.Equal((64, 32), (prepared.Image!.Width, prepared.Image.Height));
        Assert.Equal("png 448x1120 rgb24", MediaBench.Probe(await _bench.ReadAsync(JobIds.FittedBlob(JobId))));
        Assert.Equal(original, await _bench.ReadAsync(JobIds.ImageBlob(JobId)));
    }

    [FactWith("ffmpeg")]
    public async Task Run_ImageCannotBeDecoded_IsAProblemForTheBuyer()
    {
        await _bench.Images.StoreAsync(new MemoryStream(MediaBench.BrokenPng()), JobIds.ImageBlob(JobId), default);

        var prepared = await ActivityBench.TwiceAsync(() => RunAsync(_bench.Fitter));

        Assert.Equal((null, "undecodable"), (prepared.Image, prepared.Problem?.Code));
    }

    [Fact]
    public async Task Run_NoFfmpegOnThisMachine_ProviderGetsTheImageAsItIs()
    {
        var image = OviFunctions.Tests.Media.MediaSample.Read("picture.png");
        await _bench.Images.StoreAsync(new MemoryStream(image), JobIds.ImageBlob(JobId), default);
        var settings = TestSettings.Read(("Media:FfmpegPath", "/nowhere/ffmpeg"));
        using var tool = new FfmpegTool(settings, TimeProvider.System);
        await new FfmpegCheck(tool, settings, TimeProvider.System, NullLogger<FfmpegCheck>.Instance).StartAsync(default);

        var prepared = await RunAsync(new ImageFitter(tool, _bench.Images, NullLogger<ImageFitter>.Instance));

        Assert.NotNull(prepared.Image);
        Assert.Null(await _bench.Images.FindAsync(JobIds.FittedBlob(JobId), default));
    }

    // Some providers take no image of another size, and the buyer would have paid by then.
    [TheoryWith("sh")]
    [InlineData(null, null)]
    [InlineData("448x1120", "image_size")]
    public async Task Run_FfmpegHasJustGone_ImageHasToDoOrIsRefused(string? size, string? code)
    {
        await _bench.Images.StoreAsync(new MemoryStream(OviFunctions.Tests.Media.MediaSample.Read("picture.png")), JobIds.ImageBlob(JobId), default);
        using var tool = new FfmpegTool(TestSettings.Read(("Media:FfmpegPath", "/nowhere/ffmpeg")), TimeProvider.System);

        var prepared = await RunAsync(new ImageFitter(tool, _bench.Images, NullLogger<ImageFitter>.Instance), size);

        Assert.Equal((code, code is null), (prepared.Problem?.Code, prepared.Image is not null));
    }

    private Task<PreparedImage> RunAsync(ImageFitter fitter, string? size = null) => new PrepareImage(_bench.Images, new MemoryRecordStore(), fitter: fitter)
        .Run(new PrepareImageInput(JobId, null) { Resolution = "448x1120", Size = size }, default);
}
