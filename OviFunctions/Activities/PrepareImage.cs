using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Storage;

namespace OviFunctions.Activities;

/// <param name="Url">Where the image is; null when it came in the request and lies in storage.</param>
public sealed record PrepareImageInput(string JobId, string? Url)
{
    /// <summary>Whether there is no image: only the seller's moderation, if he has one, looks at the order.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsTextOnly { get; init; }

    /// <summary>The size that the image must have exactly, <c>WxH</c>; null where any will do.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Size { get; init; }
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
public sealed class PrepareImage(ImageIntake intake, IRecordStore records, IOrderModeration? moderation = null)
{
    /// <summary>The reason goes into the job's status; a redirect of a stranger's host can put a host name of 4 KB into it.</summary>
    private const int MaxDetail = 400;

    [Function(nameof(PrepareImage))]
    public async Task<PreparedImage> Run([ActivityTrigger] PrepareImageInput input, CancellationToken cancellationToken)
    {
        var prepared = input.IsTextOnly ? new PreparedImage(null) : Measure(await StoreAsync(input, cancellationToken), input.Size);
        return prepared.Problem is not null || moderation is null || await RefuseAsync(moderation, input, cancellationToken) is not { } refusal
            ? prepared
            : new PreparedImage(null, new(JobErrors.ContentRefused, Cut(refusal)));
    }

    private async Task<string?> RefuseAsync(IOrderModeration judge, PrepareImageInput input, CancellationToken cancellationToken)
    {
        var jobId = input.JobId;
        var claim = await records.ReadAsync<Claim>(RecordNames.Claim(jobId), cancellationToken)
            ?? throw new InvalidOperationException($"Job {jobId} runs and has no claim.");
        if (input.IsTextOnly) return await judge.RefuseAsync(claim.Value.Input, image: null, cancellationToken);
        var image = await intake.OpenReadAsync(JobIds.ImageBlob(jobId), cancellationToken)
            ?? throw new InvalidOperationException($"The image of {jobId} was stored and is gone.");
        await using (image.Content)
        {
            return await judge.RefuseAsync(claim.Value.Input, image, cancellationToken);
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
    private static PreparedImage Measure(PreparedImage prepared, string? size) =>
        size is null || prepared.Image is not { } image || $"{image.Width}x{image.Height}" == size
            ? prepared
            : new PreparedImage(null, new("image_size", $"the image is {image.Width}x{image.Height}; it must be exactly {size}, the size of the video"));

    private static string Cut(string text) => text.Length <= MaxDetail ? text : text[..MaxDetail] + "…";
}
