using Microsoft.Extensions.Logging;

namespace OviFunctions.Media.Ffmpeg;

/// <summary>
/// Makes of a buyer's image the picture that providers get: upright, without transparency, of exactly the asked size, as PNG. The original
/// stays as it is. Doing it again changes nothing: the first picture stays.
/// </summary>
public sealed partial class ImageFitter(FfmpegTool ffmpeg, ImageIntake images, ILogger<ImageFitter> logger)
{
    /// <summary>A buyer waits for the answer to his order.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    public bool IsAvailable => ffmpeg.IsAvailable;

    /// <summary>Fits a stored image and stores the picture.</summary>
    /// <param name="image">The image.</param>
    /// <param name="frame">The picture's size.</param>
    /// <param name="fit">What happens with another shape.</param>
    /// <param name="blobName">The picture's name.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What is wrong with the image; null when the picture is stored, or ffmpeg is gone and the image has to do.</returns>
    /// <exception cref="TimeoutException">The machine is busy.</exception>
    public async Task<ImageProblem?> FitAsync(ImageInfo image, PixelSize frame, ImageFit fit, string blobName, CancellationToken cancellationToken)
    {
        using var folder = new ScratchFolder();
        var stored = await images.OpenReadAsync(image.Blob, cancellationToken) ?? throw new InvalidOperationException($"The image {image.Blob} was stored and is gone.");
        await using (stored.Content)
        {
            await folder.WriteAsync("in", stored.Content, cancellationToken);
        }

        var run = await ffmpeg.RunAsync(folder.Path, Arguments(folder, image, frame, fit), LongestWait, cancellationToken);
        if (run.End == FfmpegEnd.Busy) throw new TimeoutException(run.Error);
        if (run.End == FfmpegEnd.NotStarted) return null;
        if (run.End == FfmpegEnd.TimedOut) return new ImageProblem(ImageFault.Undecodable, "the image takes too long to read; send a smaller one");

        // ffmpeg may call a picture without pixels a success.
        if (run.End == FfmpegEnd.Failed || !File.Exists(folder.File("out.png")))
        {
            Refused(logger, image.Blob, run.Error);
            return new ImageProblem(ImageFault.Undecodable, "the image cannot be decoded; send a PNG, JPEG or WebP that an image viewer opens");
        }

        await using var picture = folder.OpenRead("out.png");
        return await images.StoreAsync(picture, blobName, cancellationToken) is ImageResult.Refused refused
            ? throw new InvalidOperationException($"ffmpeg made a picture that we refuse: {refused.Problem.Message}")
            : null;
    }

    private static string[] Arguments(ScratchFolder folder, ImageInfo image, PixelSize frame, ImageFit fit)
    {
        using var file = folder.OpenRead("in");
        var orientation = ExifOrientation.Read(file, image.MediaType);
        return
        [
            // Decoders hold a frame for each thread.
            .. FfmpegInput.Image(image.MediaType).Arguments("in", threads: 1),
            "-filter_complex", ImageFrame.Filters(new PixelSize(image.Width, image.Height), orientation, frame, fit),
            "-frames:v", "1", "-map_metadata", "-1", "-c:v", "png", "-f", "image2", "-update", "1", "file:out.png",
        ];
    }

    [LoggerMessage(2711, LogLevel.Information, "The image {Blob} cannot be decoded: {Error}")]
    private static partial void Refused(ILogger logger, string blob, string error);
}
