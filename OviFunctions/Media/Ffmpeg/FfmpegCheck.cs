using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OviFunctions.Configuration;

namespace OviFunctions.Media.Ffmpeg;

/// <summary>
/// Makes a frame of H.264 at start. Where that does not work, quotes and orders know from the first one on that there is no ffmpeg.
/// </summary>
public sealed partial class FfmpegCheck(FfmpegTool ffmpeg, OviSettings settings, TimeProvider time, ILogger<FfmpegCheck> logger) : IHostedService
{
    private static readonly TimeSpan OldEnough = TimeSpan.FromDays(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!settings.Media.UseFfmpeg) return;
        ScratchFolder.DeleteOlderThan(time.GetUtcNow() - OldEnough);
        if (!ffmpeg.IsAvailable)
        {
            Absent(logger);
            return;
        }

        using var folder = new ScratchFolder();
        var made = await ffmpeg.RunAsync(
            folder.Path, ["-f", "lavfi", "-i", "color=size=64x64", "-frames:v", "1", "-c:v", "libx264", "-pix_fmt", "yuv420p", "file:out.mp4"],
            longestWait: TimeSpan.Zero, cancellationToken);
        if (made.End == FfmpegEnd.Done && File.Exists(folder.File("out.mp4")))
        {
            if (!ffmpeg.LimitsMemory) MemoryIsNotLimited(logger);
            return;
        }

        Unusable(logger, made.Error);
        ffmpeg.GiveUp();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(2701, LogLevel.Information, "There is no ffmpeg on the PATH: videos are delivered in the provider's own size, without a poster.")]
    private static partial void Absent(ILogger logger);

    [LoggerMessage(2702, LogLevel.Warning, "This ffmpeg cannot be used, and videos are delivered in the provider's own size: {Error}")]
    private static partial void Unusable(ILogger logger, string error);

    [LoggerMessage(2703, LogLevel.Warning, "There is no prlimit on the PATH: Media:MaxMemoryMegabytes is not held.")]
    private static partial void MemoryIsNotLimited(ILogger logger);
}
