using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Media.Ffmpeg;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Media.Ffmpeg.MediaBench;

namespace OviFunctions.Tests.Media.Ffmpeg;

/// <summary>Delivered videos in exactly the asked size, with their posters; what cannot be made is left out.</summary>
[Collection(nameof(AzuriteTests))]
public sealed class VideoFinisherTests(AzuriteFixture azurite) : IAsyncLifetime
{
    /// <summary>Red, with a green frame.</summary>
    private const string Framed = "drawbox=color=red:t=fill,drawbox=color=lime:t=16";

    private readonly TestFolder _folder = new();
    private MediaBench _bench = null!;

    public static TheoryData<string> Resolutions => ImageFitterTests.Resolutions;

    public async Task InitializeAsync() => _bench = new MediaBench(await azurite.NewContainerAsync());

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [TheoryWith("ffprobe")]
    [MemberData(nameof(Resolutions))]
    public async Task Finish_WhatTheEngineMakes_HasExactlyTheAskedSize(string resolution)
    {
        var native = OviClipSize.Of(PixelSize.Parse(resolution)).ToString();
        var original = Clip(native);

        var video = (await FinishAsync(original, resolution)).Video!;

        var file = await _bench.ReadAsync(video.File.Blob);
        Assert.Equal($"h264x{resolution}xyuv420p aacx16000", Probe(file, "stream=codec_name,width,height,pix_fmt,sample_rate").Replace("\n", " ", StringComparison.Ordinal));
        Assert.Equal("1:1", Probe(file, "stream=sample_aspect_ratio").Split('\n')[0]);
        Assert.Equal(Probe(original, "stream=nb_frames"), Probe(file, "stream=nb_frames"));
        Assert.Equal(native != resolution, video.Original is not null);
        if (video.Original is { } kept)
        {
            Assert.Equal(original, await _bench.ReadAsync(kept.Blob));
            Assert.True(file.AsSpan().IndexOf("moov"u8) < file.AsSpan().IndexOf("mdat"u8), "A player cannot begin before it has all of the file.");
        }

        Assert.Equal(("image/jpeg", resolution), (video.Poster!.MediaType, new PixelSize(video.Poster.Width, video.Poster.Height).ToString()));
        Assert.StartsWith($"mjpegx{resolution}", Probe(await _bench.ReadAsync(video.Poster.Blob), "stream=codec_name,width,height"), StringComparison.Ordinal);
    }

    [FactWith("ffmpeg")]
    public async Task Finish_EngineStretchedThePicture_IsStretchedBack()
    {
        // A border: cut off, it would be gone.
        var clip = Clip("448x1152", Framed);

        var poster = await _bench.ReadAsync((await FinishAsync(clip, "448x1120")).Video!.Poster!.Blob);

        Assert.Equal(("G", "R", "G"), (ColourAt(poster, 224, 4), ColourAt(poster, 224, 560), ColourAt(poster, 224, 1115)));
    }

    [FactWith("ffmpeg")]
    public async Task Finish_OtherShape_IsCroppedNotSqueezed()
    {
        var clip = Clip("512x512", Framed);

        var video = (await FinishAsync(clip, "992x512")).Video!;

        var poster = await _bench.ReadAsync(video.Poster!.Blob);
        Assert.Equal((992, 512), (video.File.Info.Width, video.File.Info.Height));
        Assert.Equal(("G", "R", "R"), (ColourAt(poster, 4, 256), ColourAt(poster, 496, 4), ColourAt(poster, 496, 508)));
    }

    [FactWith("ffmpeg")]
    public async Task Finish_NativeWanted_TakesThePosterOnly()
    {
        var video = (await FinishAsync(Clip("448x1152"), "448x1120", OutputFit.Native)).Video!;

        Assert.Equal((1152, null, 1152), (video.File.Info.Height, video.Original, video.Poster?.Height));
    }

    [FactWith("ffmpeg")]
    public async Task Finish_Twice_GivesTheSame() => await ActivitiesTwiceAsync(await _bench.StoreVideoAsync(Clip("704x704")));

    [FactWith("ffmpeg")]
    public async Task Finish_VideoWithoutSound_IsFinished()
    {
        var clip = MediaSample.Read("video-only.mp4");

        var video = (await FinishAsync(clip, "720x720")).Video!;

        Assert.Equal((720, 720, false), (video.File.Info.Width, video.File.Info.Height, video.File.Info.HasAudio));
    }

    [FactWith("ffmpeg")]
    public async Task Finish_PictureDataIsGarbage_DeliversWhatCame()
    {
        var clip = Clip("704x704");
        var data = clip.AsSpan().IndexOf("mdat"u8) + 4;
        clip.AsSpan(data, clip.AsSpan().IndexOf("moov"u8) - 4 - data).Fill(0xAA);

        var video = (await FinishAsync(clip, "720x720")).Video!;

        Assert.Equal((704, null, null), (video.File.Info.Width, video.Original, video.Poster));
        Assert.Equal(clip, await _bench.ReadAsync(video.File.Blob));
    }

    [FactWith("sh")]
    public async Task Finish_FfmpegHangs_DeliversWhatCame()
    {
        var bench = await ScriptAsync("exec sleep 60", ("Media:TimeoutSeconds", "1"));
        var stored = await bench.StoreVideoAsync(MediaSample.Read("video-audio.mp4"), JobIds.VideoBlob("job_1", 0));

        var video = (await new FinishVideo(bench.Finisher).Run(new FinishVideoInput(new VideoAsset(stored, 7), "720x720", OutputFit.Exact), default)).Video;

        Assert.Equal(new VideoAsset(stored, 7), video);
    }

    [FactWith("sh")]
    public async Task Finish_ManyAtOnce_FewLieOnTheDisk()
    {
        var bench = await ScriptAsync("exec sleep 1", ("Media:MaxProcesses", "1"));
        var stored = await bench.StoreVideoAsync(MediaSample.Read("video-audio.mp4"));
        using var finisher = bench.Finisher;

        var (first, second) = (FinishAsync(stored), FinishAsync(stored));
        var third = FinishAsync(stored with { Blob = "videos/gone/0.mp4" }); // which it finds out as soon as it may begin

        Assert.NotSame(third, await Task.WhenAny(first, second, third));
        await Task.WhenAll(first, second);
        await Assert.ThrowsAsync<InvalidOperationException>(() => third);

        Task<FinishedVideo?> FinishAsync(StoredVideo video) => finisher.FinishAsync(video, null, "exact/1/0.mp4", "posters/1/0.jpg", default);
    }

    [Fact]
    public async Task Finish_NoFfmpeg_DeliversWhatCame()
    {
        var bench = new MediaBench(await azurite.NewContainerAsync(), ("Media:UseFfmpeg", "false"));
        var stored = await bench.StoreVideoAsync(MediaSample.Read("video-audio.mp4"), JobIds.VideoBlob("job_1", 0));

        var video = (await new FinishVideo(bench.Finisher).Run(new FinishVideoInput(new VideoAsset(stored, 7), "720x720", OutputFit.Exact), default)).Video;

        Assert.Equal(new VideoAsset(stored, 7), video);
    }

    private async Task ActivitiesTwiceAsync(StoredVideo stored)
    {
        var activity = new FinishVideo(_bench.Finisher);
        var input = new FinishVideoInput(new VideoAsset(stored, 7), "720x720", OutputFit.Exact);
        var first = (await activity.Run(input, default)).Video!;

        Assert.Equal(first, (await activity.Run(input, default)).Video);
        Assert.Equal(("exact/1/0.mp4", "videos/1/0.mp4", "posters/1/0.jpg"), (first.File.Blob, first.Original!.Blob, first.Poster!.Blob));
    }

    private async Task<MediaBench> ScriptAsync(string body, params (string Key, string? Value)[] settings)
    {
        var script = _folder["ffmpeg"];
        await File.WriteAllTextAsync(script, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return new MediaBench(await azurite.NewContainerAsync(), [("Media:FfmpegPath", script), .. settings]);
    }

    private async Task<FinishStep> FinishAsync(byte[] clip, string resolution, OutputFit fit = OutputFit.Exact)
    {
        var stored = await _bench.StoreVideoAsync(clip);
        return await new FinishVideo(_bench.Finisher).Run(new FinishVideoInput(new VideoAsset(stored, 7), resolution, fit), default);
    }
}
