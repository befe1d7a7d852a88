using System.Diagnostics;
using System.Text;
using OviFunctions.DevStack.Simulators;

namespace OviFunctions.Tests.DevStack.Simulators;

public sealed class ClipMakerTests
{
    [Fact]
    public async Task MakeAsync_Image_GivesAClipLikeThoseOfOvi()
    {
        var clip = await ClipMaker.MakeAsync(TestImages.Png, ClipShape.LikeTheImage, 7, default);

        Assert.NotNull(clip);
        Assert.True(new FileInfo(clip).Length < 500_000);
        if (clip == ClipMaker.CommittedClip) return; // no ffmpeg here
        Assert.Equal(
            "codec_name=h264|width=1024|height=512|pix_fmt=yuv420p|r_frame_rate=24/1|nb_frames=121;codec_name=aac",
            await ProbeAsync(clip));
    }

    // What the functions of OVI's own code give for these sizes (its 720 model).
    [Theory]
    [InlineData(992, 512, "992x512")]
    [InlineData(512, 992, "512x992")]
    [InlineData(960, 512, "992x512")]
    [InlineData(448, 1120, "448x1152")]
    [InlineData(1120, 448, "1152x448")]
    [InlineData(720, 720, "704x704")]
    [InlineData(1920, 1080, "960x544")]
    public void OfOvi_AnAskedSize_IsSnappedAsOviSnapsIt(int width, int height, string size)
    {
        var shape = ClipShape.OfOvi(width, height);

        Assert.Equal((size, 121), ($"{shape.Width}x{shape.Height}", shape.Frames));
    }

    [Fact]
    public async Task MakeAsync_TextAlone_GivesAClipOfExactlyTheAskedSizeAndLength()
    {
        var clip = await ClipMaker.MakeAsync(null, ClipShape.Exactly(320, 180, seconds: 4), 1, default);

        Assert.NotNull(clip);
        if (clip == ClipMaker.CommittedClip) return; // no ffmpeg here
        Assert.Equal(
            "codec_name=h264|width=320|height=180|pix_fmt=yuv420p|r_frame_rate=24/1|nb_frames=96;codec_name=aac", await ProbeAsync(clip));
    }

    [Fact]
    public async Task MakeAsync_SquareImage_IsMadeSmallerAsByOvi()
    {
        var clip = await ClipMaker.MakeAsync(TestImages.Square, ClipShape.LikeTheImage, 1, default);

        Assert.NotNull(clip);
        if (clip == ClipMaker.CommittedClip) return; // no ffmpeg here
        Assert.Contains("width=704|height=704", await ProbeAsync(clip), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MakeAsync_SameImageAndSeed_GivesTheSameClip()
    {
        var first = await ClipMaker.MakeAsync(TestImages.Png, ClipShape.LikeTheImage, 3, default);
        var second = await ClipMaker.MakeAsync(TestImages.Png, ClipShape.LikeTheImage, 3, default);

        Assert.Equal(first, second);
    }

    [Theory]
    [InlineData("")]
    [InlineData("#EXTM3U\nfile:///etc/passwd")]
    [InlineData("ffconcat version 1.0\nfile /etc/passwd")]
    [InlineData("GIF8 but nothing more")]
    public async Task MakeAsync_NoImage_GivesNothing(string file)
    {
        var clip = await ClipMaker.MakeAsync(Encoding.UTF8.GetBytes(file), ClipShape.LikeTheImage, 1, default);

        Assert.True(clip is null || clip == ClipMaker.CommittedClip);
        if (!file.StartsWith("GIF8", StringComparison.Ordinal)) Assert.Null(clip);
    }

    [Fact]
    public async Task CommittedClip_Always_IsASmallMp4()
    {
        var bytes = await File.ReadAllBytesAsync(ClipMaker.CommittedClip);

        Assert.InRange(bytes.Length, 10_000, 150_000);
        Assert.Equal("ftyp", Encoding.ASCII.GetString(bytes, 4, 4));
    }

    private static async Task<string> ProbeAsync(string file)
    {
        using var ffprobe = Process.Start(new ProcessStartInfo(
            "ffprobe",
            ["-v", "error", "-show_entries", "stream=codec_name,width,height,pix_fmt,r_frame_rate,nb_frames", "-of", "compact=p=0", file])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await ffprobe.StandardOutput.ReadToEndAsync();
        await ffprobe.WaitForExitAsync();
        var lines = output.Trim().Split('\n');
        return $"{lines[0]};{lines[1].Split('|')[0]}";
    }
}
