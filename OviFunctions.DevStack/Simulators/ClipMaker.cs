using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using OviFunctions.DevStack.Installation;

namespace OviFunctions.DevStack.Simulators;

/// <summary>
/// Makes what OVI would make of an image: 121 frames at 24 fps, H.264, with sound, of the image's shape (area 720 x 720,
/// sides multiples of 32). One ffmpeg runs at a time, and every video is kept, because tests make many jobs of few images.
/// Without ffmpeg every image gives the committed clip.
/// </summary>
public static class ClipMaker
{
    // The seed chooses among so many variants, so that random seeds still find a video that was made before.
    private const int Variants = 4;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly SemaphoreSlim OneAtATime = new(1, 1);
    private static readonly string Cache = Path.Combine(Path.GetTempPath(), $"ovi-devstack-clips-{Environment.UserName}");

    /// <summary>A small clip that is always there.</summary>
    public static string CommittedClip => Path.Combine(RepositoryFolders.Root, "OviFunctions.DevStack", "Simulators", "clip.mp4");

    /// <summary>The file with an image's video; null when it is no image (PNG, JPEG, WebP or GIF) or cannot be read.</summary>
    public static async Task<string?> MakeAsync(ReadOnlyMemory<byte> image, long seed, CancellationToken cancellationToken)
    {
        if (!IsImage(image.Span)) return null;
        var variant = (int)(((seed % Variants) + Variants) % Variants);
        var clip = Path.Combine(Cache, $"{Convert.ToHexStringLower(SHA256.HashData(image.Span))}-{variant}.mp4");
        if (File.Exists(clip)) return clip;

        await OneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (File.Exists(clip)) return clip;
            Directory.CreateDirectory(Cache);
            return await RenderAsync(image, variant, clip, cancellationToken);
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    private static async Task<string?> RenderAsync(
        ReadOnlyMemory<byte> image, int variant, string clip, CancellationToken cancellationToken)
    {
        var work = $"{clip}.{Environment.ProcessId}";
        try
        {
            await File.WriteAllBytesAsync($"{work}.image", image, cancellationToken);
            if (await RunFfmpegAsync($"{work}.image", variant, $"{work}.mp4", cancellationToken) is not { } succeeded) return CommittedClip;
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

    /// <returns>Whether ffmpeg made the file; null when there is no ffmpeg.</returns>
    private static async Task<bool?> RunFfmpegAsync(string image, int variant, string clip, CancellationToken cancellationToken)
    {
        var tone = (220 + (variant * 110)).ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            "-nostdin", "-v", "error", "-y", "-protocol_whitelist", "file,pipe", "-i", image,
            "-f", "lavfi", "-i", $"sine=frequency={tone}:sample_rate=16000",
            "-f", "lavfi", "-i", "anoisesrc=color=pink:sample_rate=16000:amplitude=0.05:seed=1",
            "-filter_complex",
            "[0:v]scale=w='max(32,round(720*sqrt(a)/32)*32)+32':h='max(32,round(720/sqrt(a)/32)*32)+32',setsar=1,"
            + "loop=loop=120:size=1:start=0,setpts=N/(24*TB),crop=w=iw-32:h=ih-32:x='16+16*sin(t)':y='16+16*cos(t)',format=yuv420p[v];"
            + "[1:a][2:a]amix=inputs=2:duration=first[a]",
            "-map", "[v]", "-map", "[a]", "-r", "24", "-frames:v", "121", "-t", "5.05",
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
