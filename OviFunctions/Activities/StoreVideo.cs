using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http;
using OviFunctions.Http.Egress;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Providers;

namespace OviFunctions.Activities;

/// <param name="Url">Where the provider says that the video is; goes through the egress guard.</param>
/// <param name="Seed">The seed that made it.</param>
public sealed record StoreVideoInput(string JobId, int Lane, string Url, long Seed);

/// <summary>The stored video, or why it was not stored.</summary>
/// <param name="MayPass">Whether the same video may be whole next time.</param>
public sealed record StoreStep(VideoAsset? Video, ProviderFailure? Failure = null, bool MayPass = false)
{
    public static StoreStep NotStored(FailureClass reason, string code, string message, bool mayPass) =>
        new(null, new ProviderFailure(reason, code, message), mayPass);
}

/// <summary>Copies a provider's video into our storage, in the memory of one block; keeps only whole MP4s.</summary>
public sealed class StoreVideo(EgressGuard egress, LaneVideos videos)
{
    [Function(nameof(StoreVideo))]
    public async Task<StoreStep> Run([ActivityTrigger] StoreVideoInput input, CancellationToken cancellationToken)
    {
        if (await videos.FindAsync(input.JobId, input.Lane, input.Seed, cancellationToken) is { } stored) return new StoreStep(stored);
        switch (await egress.GetAsync(EgressPurpose.ProviderMedia, input.Url, cancellationToken))
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
