using Microsoft.Azure.Functions.Worker;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Media.Ffmpeg;

namespace OviFunctions.Activities;

/// <param name="Video">The provider's video, stored.</param>
/// <param name="Resolution">The size asked for.</param>
/// <param name="Fit">Whether it has to have that size.</param>
public sealed record FinishVideoInput(VideoAsset Video, string Resolution, OutputFit Fit);

/// <summary>A finished video, or none because every ffmpeg process of this machine is busy.</summary>
public sealed record FinishStep(VideoAsset? Video);

/// <summary>
/// Brings a delivered video to exactly the asked size and takes its poster; the provider's video stays beside it. Whatever cannot be made
/// is left out.
/// </summary>
public sealed class FinishVideo(VideoFinisher finisher)
{
    [Function(nameof(FinishVideo))]
    public async Task<FinishStep> Run([ActivityTrigger] FinishVideoInput input, CancellationToken cancellationToken)
    {
        var (video, made) = (input.Video, input.Video.File);
        if (!finisher.IsAvailable) return new FinishStep(video);
        PixelSize? size = PixelSize.Parse(input.Resolution);
        if (input.Fit == OutputFit.Native || size == new PixelSize(made.Info.Width, made.Info.Height)) size = null;
        var finished = await finisher.FinishAsync(made, size, JobIds.ExactBlob(made.Blob), JobIds.PosterBlob(made.Blob), cancellationToken);
        return new FinishStep(finished is null ? null : video with
        {
            File = finished.Exact ?? made,
            Original = finished.Exact is null ? null : made,
            Poster = finished.Poster,
        });
    }
}
