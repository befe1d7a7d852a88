using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Media;
using OviFunctions.Media.Ffmpeg;
using OviFunctions.Storage;

namespace OviFunctions.Activities;

/// <param name="Url">Where the image is; null when it came in the request and lies in storage.</param>
public sealed record PrepareImageInput(string JobId, string? Url)
{
    /// <summary>Whether there is no image: only the seller's moderation, if he has one, looks at the order.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsTextOnly { get; init; }

    /// <summary>The size to which the image is brought for the providers; null to give it to them as it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Resolution { get; init; }

    /// <summary>How an image of another shape is brought to <see cref="Resolution"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImageFit Fit { get; init; }

    /// <summary>The size that an image must have exactly that is not brought to one, <c>WxH</c>; null where any will do.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Size { get; init; }

    public static PrepareImageInput From(VideoJobInput job) => new(job.JobId, job.Request.ImageUrl)
    {
        IsTextOnly = job.Request.IsTextOnly,
        Resolution = job.Plan.FinishMedia && !job.Request.IsTextOnly ? job.Request.Resolution : null,
        Fit = job.Request.ImageFit,
        Size = job.Request.ImageSize,
    };
}

/// <summary>The image in our storage, or why it was not taken.</summary>
public sealed record PreparedImage(ImageInfo? Image, PreparedImage.Refusal? Problem = null)
{
    /// <param name="MayPass">Whether the same image may be taken later: its host did not answer well.</param>
    public sealed record Refusal(string Code, string Detail, bool MayPass = false);
}

/// <summary>
/// Brings a job's image, if it has one, into our storage and looks at it, before anything is charged; so does the seller's moderation, if he has one.
/// </summary>
public sealed class PrepareImage(ImageIntake intake, IRecordStore records, IOrderModeration? moderation = null, ImageFitter? fitter = null)
{
    /// <summary>The reason goes into the job's status; a redirect of a stranger's host can put a host name of 4 KB into it.</summary>
    private const int MaxDetail = 400;

    [Function(nameof(PrepareImage))]
    public async Task<PreparedImage> Run([ActivityTrigger] PrepareImageInput input, CancellationToken cancellationToken)
    {
        var prepared = input.IsTextOnly ? new PreparedImage(null) : await StoreAsync(input, cancellationToken);
        if (prepared.Image is { } image && await FitAsync(input, image, cancellationToken) is { } unfit) prepared = new PreparedImage(null, unfit);
        return prepared.Problem is not null || moderation is null || await RefuseAsync(moderation, input, cancellationToken) is not { } refusal
            ? prepared
            : new PreparedImage(null, new(JobErrors.ContentRefused, Cut(refusal)));
    }

    /// <summary>Brings the image to the asked size; without ffmpeg the providers get it as it is, and it must be what they take.</summary>
    private async Task<PreparedImage.Refusal?> FitAsync(PrepareImageInput input, ImageInfo image, CancellationToken cancellationToken)
    {
        if (input.Resolution is null || fitter is not { IsAvailable: true }) return Measure(image, input.Size);
        var blob = JobIds.FittedBlob(input.JobId);
        if (await intake.FindAsync(blob, cancellationToken) is not null) return null;
        var problem = await fitter.FitAsync(image, PixelSize.Parse(input.Resolution), input.Fit, blob, cancellationToken);
        if (problem is not null) return new(Codes.Of(problem.Fault), Cut(problem.Message), problem.Transient);
        // ffmpeg may have gone just now.
        return await intake.FindAsync(blob, cancellationToken) is null ? Measure(image, input.Size) : null;
    }

    private async Task<string?> RefuseAsync(IOrderModeration judge, PrepareImageInput input, CancellationToken cancellationToken)
    {
        var jobId = input.JobId;
        var order = await new BatchItems(records).ReadOrderAsync(jobId, cancellationToken);
        if (input.IsTextOnly) return await judge.RefuseAsync(order, image: null, cancellationToken);
        var image = await intake.OpenReadAsync(JobIds.ImageBlob(jobId), cancellationToken)
            ?? throw new InvalidOperationException($"The image of {jobId} was stored and is gone.");
        await using (image.Content)
        {
            return await judge.RefuseAsync(order, image, cancellationToken);
        }
    }

    private async Task<PreparedImage> StoreAsync(PrepareImageInput input, CancellationToken cancellationToken)
    {
        var blob = JobIds.ImageBlob(input.JobId);
        if (input.Url is null)
        {
            var stored = await intake.FindAsync(blob, cancellationToken);
            return stored is not null
                ? new PreparedImage(stored)
                : throw new InvalidOperationException($"The image of {input.JobId} should be in storage and is not.");
        }

        return await intake.StoreAsync(new ImageSource.Remote(input.Url), blob, cancellationToken) switch
        {
            ImageResult.Stored stored => new PreparedImage(stored.Image),
            ImageResult.Refused { Problem: var problem } => new PreparedImage(
                null, new(Codes.Of(problem.Fault), Cut(problem.Message), problem.Transient)),
            var unknown => throw new InvalidOperationException($"{unknown.GetType().Name} is not an image result."),
        };
    }

    /// <summary>Some providers refuse an image of another size than the video's; here nothing is paid yet.</summary>
    private static PreparedImage.Refusal? Measure(ImageInfo image, string? size) =>
        size is null || $"{image.Width}x{image.Height}" == size
            ? null
            : new("image_size", $"the image is {image.Width}x{image.Height}; it must be exactly {size}, the size of the video");

    private static string Cut(string text) => text.Length <= MaxDetail ? text : text[..MaxDetail] + "…";
}
