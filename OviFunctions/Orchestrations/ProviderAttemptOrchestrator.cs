using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using OviFunctions.Jobs;
using OviFunctions.Providers;

namespace OviFunctions.Orchestrations;

/// <summary>What one attempt works with.</summary>
public sealed record AttemptInput(
    string JobId, string KeyId, int Lane, string Provider, string Model, VideoRequest Request, JobPlan Plan, DateTime Deadline)
{
    /// <summary>The lane as it was planned.</summary>
    public required LanePlan Terms { get; init; }

    /// <summary>How many submits may be sent when the first has no answer.</summary>
    public required int MaxSubmits { get; init; }

    /// <summary>The orchestration that runs the lanes; it is told of a lost answer.</summary>
    public required string Race { get; init; }
}

/// <summary>How an attempt ended: with a stored video, with a failure, or stopped.</summary>
public sealed record AttemptEnd(AttemptState State, VideoAsset? Video = null, ProviderFailure? Failure = null)
{
    /// <summary>What it may have cost, in dollars: each submit that was taken, or whose answer was lost.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public decimal CostUsd { get; init; }

    /// <summary>For how many seconds a provider that certainly took nothing wants no further submit; null when it did not say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RetryAfterSeconds { get; init; }
}

/// <summary>
/// One attempt at one provider: submit (the intent is written first), wait for the callback or the next poll, read the
/// result with our credentials, store the video. A callback is only a hint that a look is worth while.
/// </summary>
public static class ProviderAttemptOrchestrator
{
    [Function(nameof(ProviderAttemptOrchestrator))]
    public static async Task<AttemptEnd> Run([OrchestrationTrigger] TaskOrchestrationContext context, AttemptInput input)
    {
        var attempt = new ProviderAttempt(context, input);
        AttemptEnd end;
        try
        {
            end = await attempt.WaitForTurnAsync() ?? await attempt.SubmitAsync() ?? await attempt.FollowAsync();
        }
        catch (TaskFailedException)
        {
            await attempt.EndAsync(AttemptState.Failed, failure: null);
            throw;
        }

        await attempt.EndAsync(end.State, end.Failure);
        return end with { CostUsd = attempt.CostUsd };
    }
}
