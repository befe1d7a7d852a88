using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;

namespace OviFunctions.Activities;

/// <summary>How an attempt ended.</summary>
/// <param name="Failure">Why, when it failed.</param>
/// <param name="Seconds">From the submit to the end.</param>
public sealed record EndAttemptInput(
    string JobId, int Lane, string Provider, string Model,
    [property: JsonConverter(typeof(JsonStringEnumConverter<AttemptState>))] AttemptState State, ProviderFailure? Failure, double Seconds);

/// <summary>
/// Gives an attempt's slot back and counts how it ended, once. An account that has no credits or whose key is refused leaves the
/// rotation, as does a model that is gone. Nothing here fails a job.
/// </summary>
public sealed partial class EndAttempt(ProviderCatalog providers, ProviderRotation rotation, ILogger<EndAttempt> logger)
{
    [Function(nameof(EndAttempt))]
    public async Task Run([ActivityTrigger] EndAttemptInput input, CancellationToken cancellationToken)
    {
        if (providers.Find(input.Provider) is null) return;
        try
        {
            await rotation.RecordAsync(input, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            NotRecorded(logger, e, input.JobId, input.Lane, input.Provider);
        }
    }

    [LoggerMessage(2122, LogLevel.Warning,
        "The end of lane {Lane} of job {JobId} at {Provider} was not counted; a slot that it had is free after the job's deadline.")]
    private static partial void NotRecorded(ILogger logger, Exception exception, string jobId, int lane, string provider);
}
