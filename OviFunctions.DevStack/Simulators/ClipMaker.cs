using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using OviFunctions.DevStack.Installation;

namespace OviFunctions.DevStack.Simulators;

/// <summary>
/// Makes what a model would make of an image or of a text: at 24 fps, H.264, with sound, of the shape that is asked for.
/// One ffmpeg runs at a time, and every video is kept, because tests make many jobs of few images.
/// Without ffmpeg every job gives the committed clip.
/// </summary>
internal static class ClipMaker
{
    // The seed chooses among so many variants, so that random seeds still find a video that was made before.
    private const int Variants = 4;
    private const int Margin = 32;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly SemaphoreSlim OneAtATime = new(1, 1);
    private static readonly string Cache = Path.Combine(Path.GetTempPath(), $"ovi-devstack-clips-{Environment.UserName}");

    /// <summary>A small clip that is always there.</summary>
    public static string CommittedClip => Path.Combine(RepositoryFolders.Root, "OviFunctions.DevStack", "Simulators", "clip.mp4");

    /// <summary>
    /// The file with a video that moves from an image, or from a picture of its own when there is none; null when the image is
    /// none (PNG, JPEG, WebP or GIF) or cannot be read.
    /// </summary>
    public static async Task<string?> MakeAsync(
        ReadOnlyMemory<byte>? image, ClipShape shape, long seed, CancellationToken cancellationToken)
    {
        if (image is { } given && !IsImage(given.Span)) return null;
        var variant = (int)(((seed % Variants) + Variants) % Variants);
        var source = image is { } hashed ? Convert.ToHexStringLower(SHA256.HashData(hashed.Span)) : "text";
        var clip = Path.Combine(Cache, $"{source}-{shape.Width}x{shape.Height}-{shape.Frames}-{variant}.mp4");
        if (File.Exists(clip)) return clip;

        await OneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (File.Exists(clip)) return clip;
            Directory.CreateDirectory(Cache);
            return await RenderAsync(image, shape, variant, clip, cancellationToken);
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    private static async Task<string?> RenderAsync(
        ReadOnlyMemory<byte>? image, ClipShape shape, int variant, string clip, CancellationToken cancellationToken)
    {
        var work = $"{clip}.{Environment.ProcessId}";
        try
        {
            if (image is { } given) await File.WriteAllBytesAsync($"{work}.image", given, cancellationToken);
            var picture = image is null ? Pattern(variant) : ["-protocol_whitelist", "file,pipe", "-i", $"{work}.image"];
            if (await RunFfmpegAsync(picture, shape, variant, $"{work}.mp4", cancellationToken) is not { } succeeded) return CommittedClip;
            if (!succeeded) return null;
            File.Move($"{work}.mp4", clip, overwrite: true);
            return clip;
        }
        finally
        {
            File.Delete($"{work}.image");
            File.Delete($"{work}.mp4");
        }
    }

    private static string[] Pattern(int variant) => ["-f", "lavfi", "-i", $"gradients=size=640x360:seed={variant + 1}"];

    /// <summary>Both sides of the picture, larger by the margin in which it then moves.</summary>
    private static string ScaleTo(ClipShape shape) => shape is { Width: { } width, Height: { } height }
        ? $"scale=w={width + Margin}:h={height + Margin}"
        // Halves go down, so that 720 becomes 704 as in OVI's code.
        : $"scale=w='max(32,ceil(720*sqrt(a)/32-0.5)*32)+{Margin}':h='max(32,ceil(720/sqrt(a)/32-0.5)*32)+{Margin}'";

    /// <returns>Whether ffmpeg made the file; null when there is no ffmpeg.</returns>
    private static async Task<bool?> RunFfmpegAsync(
        string[] picture, ClipShape shape, int variant, string clip, CancellationToken cancellationToken)
    {
        var tone = (220 + (variant * 110)).ToString(CultureInfo.InvariantCulture);
        var frames = shape.Frames.ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            "-nostdin", "-v", "error", "-y", .. picture,
            "-f", "lavfi", "-i", $"sine=frequency={tone}:sample_rate=16000",
            "-f", "lavfi", "-i", "anoisesrc=color=pink:sample_rate=16000:amplitude=0.05:seed=1",
            "-filter_complex",
            $"[0:v]{ScaleTo(shape)},setsar=1,loop=loop={frames}:size=1:start=0,setpts=N/(24*TB),"
            + $"crop=w=iw-{Margin}:h=ih-{Margin}:x='16+16*sin(t)':y='16+16*cos(t)',format=yuv420p[v];"
            + "[1:a][2:a]amix=inputs=2:duration=first[a]",
            "-map", "[v]", "-map", "[a]", "-r", "24", "-frames:v", frames, "-t", (shape.Seconds + 0.01).ToString("0.##", CultureInfo.InvariantCulture),
            "-c:v", "libx264", "-preset", "ultrafast", "-crf", "30",
            "-c:a", "aac", "-b:a", "32k", "-movflags", "+faststart", "-threads", "1", clip,
        ];

        using var process = new Process { StartInfo = new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardError = true } };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }

        using var deadline = new CancellationTokenSource(Timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await process.StandardError.ReadToEndAsync(either.Token);
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0;
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    // ffmpeg reads playlists too, and those name other files.
    private static bool IsImage(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]) || file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])
        || file.StartsWith("GIF8"u8) || (file.Length > 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8));
}
