using OviFunctions.Media;

namespace OviFunctions.Jobs;

/// <summary>The images that providers get.</summary>
internal static class ProviderImages
{
    /// <summary>Opens the image of a job, or of a batch's item: as it was brought to the asked size, or as it came; null when there is none.</summary>
    public static async Task<ImageContent?> OpenForProviderAsync(this ImageIntake images, string jobId, CancellationToken cancellationToken) =>
        await images.OpenReadAsync(JobIds.FittedBlob(jobId), cancellationToken) ?? await images.OpenReadAsync(JobIds.ImageBlob(jobId), cancellationToken);
}
