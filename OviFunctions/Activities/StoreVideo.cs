using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http;
using OviFunctions.Http.Egress;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Providers;

namespace OviFunctions.Activities;

/// <param name="Url">Where the provider says that the video is; goes through the egress guard. Null for a video that needs our credentials.</param>
/// <param name="Seed">The seed that made it.</param>
public sealed record StoreVideoInput(string JobId, int Lane, string? Url, long Seed)
{
    /// <summary>The account at which a video without a URL is opened.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Provider { get; init; }

    /// <summary>The job there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProviderJob? Job { get; init; }
}

/// <summary>The stored video, or why it was not stored.</summary>
/// <param name="MayPass">Whether the same video may be whole next time.</param>
public sealed record StoreStep(VideoAsset? Video, ProviderFailure? Failure = null, bool MayPass = false)
{
    public static StoreStep NotStored(FailureClass reason, string code, string message, bool mayPass) =>
        new(null, new ProviderFailure(reason, code, message), mayPass);
}

/// <summary>Copies a provider's video into our storage, in the memory of one block; keeps only whole MP4s.</summary>
public sealed class StoreVideo(EgressGuard egress, LaneVideos videos, ProviderCatalog providers)
{
    [Function(nameof(StoreVideo))]
    public async Task<StoreStep> Run([ActivityTrigger] StoreVideoInput input, CancellationToken cancellationToken)
    {
        if (await videos.FindAsync(input.JobId, input.Lane, input.Seed, cancellationToken) is { } stored) return new StoreStep(stored);
        return input is { Url: null, Provider: { } name, Job: { } job }
            ? await OpenAsync(input, name, job, cancellationToken)
            : await FetchAsync(input, input.Url ?? "", cancellationToken);
    }

    private async Task<StoreStep> OpenAsync(StoreVideoInput input, string name, ProviderJob job, CancellationToken cancellationToken)
    {
        if (providers.Find(name) is not { } provider) return new StoreStep(null, ProviderCatalog.Removed(name));
        switch (await provider.OpenContentAsync(job, cancellationToken))
        {
            case ContentResult.Opened { Content: var content }:
                await using (content)
                {
                    return await videos.StoreAsync(input.JobId, input.Lane, content, input.Seed, cancellationToken);
                }

            case ContentResult.Elsewhere elsewhere: return await FetchAsync(input, elsewhere.Url, cancellationToken);
            case ContentResult.Failed failed: return new StoreStep(null, failed.Failure, failed.MayPass);
            case var unknown: throw new InvalidOperationException($"{unknown.GetType().Name} is not a content result.");
        }
    }

    private async Task<StoreStep> FetchAsync(StoreVideoInput input, string url, CancellationToken cancellationToken)
    {
        switch (await egress.GetAsync(EgressPurpose.ProviderMedia, url, cancellationToken))
        {
            case EgressResult.Ok { Response: var response }:
                using (response)
                {
                    return await videos.StoreAsync(input.JobId, input.Lane, response.Content, input.Seed, cancellationToken);
                }

            case EgressResult.Refused refused:
                return StoreStep.NotStored(FailureClass.BadResult, Codes.Of(refused.Reason), refused.Message, mayPass: false);
            case EgressResult.Failed { Status: 401 or 403 or 404 or 410 } expired:
                return StoreStep.NotStored(FailureClass.ResultExpired, Codes.Of(expired.Reason), expired.Message, mayPass: true);
            case EgressResult.Failed failed:
                return StoreStep.NotStored(FailureClass.ProviderUnavailable, Codes.Of(failed.Reason), failed.Message, failed.Transient);
            case var unknown: throw new InvalidOperationException($"{unknown.GetType().Name} is not an egress result.");
        }
    }
}
