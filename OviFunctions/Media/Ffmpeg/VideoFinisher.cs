using System.Globalization;
using Microsoft.Extensions.Logging;
using OviFunctions.Configuration;

namespace OviFunctions.Media.Ffmpeg;

/// <summary>What was made of a video.</summary>
/// <param name="Exact">The video in the asked size; null when it was not asked for, or could not be made.</param>
/// <param name="Poster">A picture of its beginning; null when it could not be made.</param>
public sealed record FinishedVideo(StoredVideo? Exact, ImageInfo? Poster);

/// <summary>
/// Brings a stored video to exactly the asked size and takes its poster. The video itself stays as it is, and what cannot be made is left
/// out: only trouble with our own storage throws. Doing it again changes nothing: what was stored first stays.
/// </summary>
public sealed partial class VideoFinisher(FfmpegTool ffmpeg, VideoStore videos, ImageIntake images, OviSettings settings, ILogger<VideoFinisher> logger) : IDisposable
{
    /// <summary>
    /// A video and what is made of it lie on this machine's disk meanwhile, each as large as a video may be: no more of them than keep every
    /// process busy while others are copied and stored.
    /// </summary>
    private readonly SemaphoreSlim _places = new(2 * settings.Media.MaxProcesses);

    /// <summary>Others of the job's activities wait with this one, so it waits for a place and for a process for a short time only.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>Engines round sides to multiples; what is within this of the asked shape was stretched by so much, and is stretched back.</summary>
    private const double RoundedAspect = 0.05;

    public bool IsAvailable => ffmpeg.IsAvailable;

    /// <summary>Finishes a video; null when as many are being finished as may be.</summary>
    /// <param name="video">The stored video.</param>
    /// <param name="size">The size to bring it to; null to leave it.</param>
    /// <param name="exactBlob">The name of the video in that size.</param>
    /// <param name="posterBlob">The poster's name.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<FinishedVideo?> FinishAsync(StoredVideo video, PixelSize? size, string exactBlob, string posterBlob, CancellationToken cancellationToken)
    {
        if (!await _places.WaitAsync(LongestWait, cancellationToken)) return null;
        try
        {
            return await FinishHereAsync(video, size, exactBlob, posterBlob, cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<FinishedVideo?> FinishHereAsync(StoredVideo video, PixelSize? size, string exactBlob, string posterBlob, CancellationToken cancellationToken)
    {
        using var folder = new ScratchFolder();
        using (var stored = await videos.OpenReadAsync(video.Blob, cancellationToken) ?? throw new InvalidOperationException($"The video {video.Blob} was stored and is gone."))
        {
            await folder.WriteAsync("in", stored.Content, cancellationToken);
        }

        StoredVideo? exact = null;
        if (size is { } asked)
        {
            var resized = await RunAsync(folder, "out.mp4", Resizing(video, asked), video, cancellationToken);
            if (resized == FfmpegEnd.Busy) return null;
            if (resized == FfmpegEnd.Done) exact = await StoreAsync(folder, video, asked, exactBlob, cancellationToken);
        }

        var taken = await RunAsync(folder, "poster.jpg", Poster(exact is null ? "in" : "out.mp4"), video, cancellationToken);
        return taken == FfmpegEnd.Busy
            ? null
            : new FinishedVideo(exact, taken == FfmpegEnd.Done ? await StorePosterAsync(folder, video, posterBlob, cancellationToken) : null);
    }

    private string[] Resizing(StoredVideo video, PixelSize size) =>
    [
        .. FfmpegInput.Video.Arguments("in", ffmpeg.Threads),
        "-map", "0:v:0", "-map", "0:a:0?", "-vf", Filters(new PixelSize(video.Info.Width, video.Info.Height), size),
        "-c:v", "libx264", "-preset", "fast", "-crf", "16", "-pix_fmt", "yuv420p", "-threads", ffmpeg.Threads.ToString(CultureInfo.InvariantCulture),
        "-c:a", "copy", "-movflags", "+faststart", "-f", "mp4", "file:out.mp4",
    ];

    /// <summary>The first frame: where a player begins, so that nothing jumps.</summary>
    private static string[] Poster(string file) =>
    [
        .. FfmpegInput.Video.Arguments(file, threads: 1),
        "-map", "0:v:0", "-frames:v", "1", "-map_metadata", "-1", "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-f", "image2", "-update", "1", "file:poster.jpg",
    ];

    private async Task<FfmpegEnd> RunAsync(ScratchFolder folder, string output, string[] arguments, StoredVideo video, CancellationToken cancellationToken)
    {
        var run = await ffmpeg.RunAsync(folder.Path, arguments, LongestWait, cancellationToken);
        // ffmpeg may call a file without pictures a success.
        var end = run.End == FfmpegEnd.Done && !File.Exists(folder.File(output)) ? FfmpegEnd.Failed : run.End;
        if (end is not (FfmpegEnd.Done or FfmpegEnd.Busy)) NotMade(logger, video.Blob, run.Error);
        return end;
    }

    private async Task<StoredVideo?> StoreAsync(ScratchFolder folder, StoredVideo video, PixelSize size, string blobName, CancellationToken cancellationToken)
    {
        await using var made = folder.OpenRead("out.mp4");
        switch (await videos.StoreAsync(made, blobName, settings.Jobs.MaxVideoMegabytes * 1024L * 1024L, cancellationToken))
        {
            case VideoResult.Stored { Video: var stored } when (stored.Info.Width, stored.Info.Height) == (size.Width, size.Height): return stored;
            case VideoResult.Refused refused: NotMade(logger, video.Blob, refused.Problem.Message); return null;
            default: NotMade(logger, video.Blob, "another size came out"); return null;
        }
    }

    private async Task<ImageInfo?> StorePosterAsync(ScratchFolder folder, StoredVideo video, string blobName, CancellationToken cancellationToken)
    {
        await using var poster = folder.OpenRead("poster.jpg");
        switch (await images.StoreAsync(poster, blobName, cancellationToken))
        {
            case ImageResult.Stored stored: return stored.Image;
            case ImageResult.Refused refused: NotMade(logger, video.Blob, refused.Problem.Message); return null;
            case var unknown: throw new InvalidOperationException($"{unknown.GetType().Name} is not an image result.");
        }
    }

    private static string Filters(PixelSize video, PixelSize asked) => Math.Abs((video.Aspect / asked.Aspect) - 1) <= RoundedAspect
        ? string.Create(CultureInfo.InvariantCulture, $"scale={asked.Width}:{asked.Height}:flags=lanczos,setsar=1")
        : string.Create(CultureInfo.InvariantCulture,
            $"scale={asked.Width}:{asked.Height}:force_original_aspect_ratio=increase:flags=lanczos,crop={asked.Width}:{asked.Height},setsar=1");

    [LoggerMessage(2712, LogLevel.Warning, "The video {Blob} is delivered without something that ffmpeg could not make of it: {Error}")]
    private static partial void NotMade(ILogger logger, string blob, string error);
}
