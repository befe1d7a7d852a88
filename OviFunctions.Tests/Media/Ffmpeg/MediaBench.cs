using System.Diagnostics;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Configuration;
using OviFunctions.Media;
using OviFunctions.Media.Ffmpeg;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Media.Ffmpeg;

/// <summary>Pictures and clips made with the machine's ffmpeg, and what ffprobe says of results: by the plain programs, not by our code.</summary>
internal sealed class MediaBench(BlobContainerClient container, params (string Key, string? Value)[] settings)
{
    private int _names;

    public OviSettings Settings { get; } = TestSettings.Read(settings);

    public ImageIntake Images { get; } = JobSamples.NewIntake(container);

    public VideoStore Videos { get; } = new(container);

    public ImageFitter Fitter => new(new FfmpegTool(Settings, TimeProvider.System), Images, NullLogger<ImageFitter>.Instance);

    public VideoFinisher Finisher => new(new FfmpegTool(Settings, TimeProvider.System), Videos, Images, Settings, NullLogger<VideoFinisher>.Instance);

    public async Task<ImageInfo> StoreImageAsync(byte[] image)
    {
        var result = await Images.StoreAsync(new MemoryStream(image), $"images/{++_names}", default);
        return Assert.IsType<ImageResult.Stored>(result).Image;
    }

    public async Task<StoredVideo> StoreVideoAsync(byte[] video, string? name = null) =>
        Assert.IsType<VideoResult.Stored>(await Videos.StoreAsync(new MemoryStream(video), name ?? $"videos/{++_names}/0.mp4", 500 << 20, default)).Video;

    /// <summary>Fits an image and gives the picture that providers get.</summary>
    public async Task<byte[]> FitAsync(byte[] image, string frame, ImageFit fit = ImageFit.Crop)
    {
        var name = $"fitted/{++_names}.png";
        Assert.Null(await Fitter.FitAsync(await StoreImageAsync(image), PixelSize.Parse(frame), fit, name, default));
        return await ReadAsync(name);
    }

    public async Task<byte[]> ReadAsync(string name) => (await container.GetBlobClient(name).DownloadContentAsync()).Value.Content.ToArray();

    /// <summary>Four quarters: red, green; blue, white.</summary>
    public static byte[] Quarters(string codec, int width = 64, int height = 64)
    {
        var size = $"s={width / 2}x{height / 2}";
        return Make($"color=red:{size}[a];color=lime:{size}[b];color=blue:{size}[c];color=white:{size}[d];[a][b]hstack[e];[c][d]hstack[f];[e][f]vstack", codec);
    }

    /// <summary>A PNG whose chunks are in order and whose picture is garbage.</summary>
    public static byte[] BrokenPng()
    {
        var png = Quarters("png");
        var data = png.AsSpan().IndexOf("IDAT"u8) + 4;
        png.AsSpan(data, png.AsSpan().IndexOf("IEND"u8) - 8 - data).Fill(0xAA);
        return png;
    }

    /// <summary>One picture from a filter graph.</summary>
    /// <param name="graph">As for <c>-f lavfi</c>.</param>
    /// <param name="codec">The encoder and its options.</param>
    public static byte[] Make(string graph, string codec) => Run(
        "ffmpeg", ["-v", "error", "-f", "lavfi", "-i", graph, "-frames:v", "1", "-c:v", .. codec.Split(' '), "-f", codec.Contains("webp", StringComparison.Ordinal) ? "webp" : "image2pipe", "-"]);

    /// <summary>A clip of a size: three frames, with sound.</summary>
    /// <param name="size">As <c>WxH</c>.</param>
    /// <param name="filter">What is done with the picture.</param>
    public static byte[] Clip(string size, string filter = "null")
    {
        using var folder = new TestFolder();
        var file = Path.Combine(folder.Path, "clip.mp4");
        Run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", $"testsrc=s={size}:r=24", "-f", "lavfi", "-i", "sine=sample_rate=16000", "-frames:v", "3", "-t", "0.125", "-vf", filter,
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", file);
        return File.ReadAllBytes(file);
    }

    /// <summary>What ffprobe says of a picture: <c>png 992x512 rgb24</c>.</summary>
    public static string Probe(byte[] picture) =>
        Probe(picture, "stream=codec_name,width,height,pix_fmt").Split('x', 2) is [var codec, var rest] && rest.LastIndexOf('x') is var last
            ? $"{codec} {rest[..last]} {rest[(last + 1)..]}" : "";

    /// <summary>What ffprobe says, a line for each track, the values separated by <c>x</c>.</summary>
    public static string Probe(byte[] file, string entries)
    {
        using var folder = new TestFolder();
        var path = Path.Combine(folder.Path, "file");
        File.WriteAllBytes(path, file);
        return System.Text.Encoding.ASCII.GetString(Run("ffprobe", "-v", "error", "-show_entries", entries, "-of", "csv=p=0:s=x", path)).Trim();
    }

    /// <summary>The colour of a picture's pixel: R, G, B, W for white, K for black, or hex.</summary>
    public static string ColourAt(byte[] picture, int x, int y) => Colours(picture, $"crop=1:1:{x}:{y}:exact=1");

    /// <summary>The colours of a picture's quarters, from the upper left to the lower right.</summary>
    public static string QuartersOf(byte[] picture) => Colours(picture, "format=gbrp,scale=2:2:flags=area");

    /// <summary>A row of pixels, three bytes each.</summary>
    public static byte[] Row(byte[] picture, int y) => Raw(picture, $"crop=iw:1:0:{y}:exact=1");

    private static byte[] Raw(byte[] picture, string filter) =>
        Run("ffmpeg", picture, "-v", "error", "-i", "-", "-vf", filter + ",format=rgb24", "-f", "rawvideo", "-");

    private static string Colours(byte[] picture, string filter)
    {
        return string.Concat(Raw(picture, filter).Chunk(3).Select(Name));

        static string Name(byte[] pixel) => string.Concat(pixel.Select(value => value > 200 ? 'F' : value < 55 ? '0' : '7')) switch
        {
            "F00" => "R",
            "0F0" => "G",
            "00F" => "B",
            "FFF" => "W",
            "000" => "K",
            _ => Convert.ToHexString(pixel),
        };
    }

    private static byte[] Run(string program, params string[] arguments) => Run(program, null, arguments);

    private static byte[] Run(string program, byte[]? input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardInput = true, RedirectStandardError = true,
        })!;
        var output = new MemoryStream();
        if (input is not null) process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        process.StandardOutput.BaseStream.CopyTo(output);
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
        return output.ToArray();
    }
}
