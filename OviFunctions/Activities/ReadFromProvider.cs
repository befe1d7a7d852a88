using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Providers;

namespace OviFunctions.Activities;

public sealed record ReadFromProviderInput(string JobId, string Provider, ProviderJob Job);

/// <summary>What a look at a provider's job found.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReadState>))]
public enum ReadState
{
    Running,
    Succeeded,
    Failed,
}

public sealed record ReadStep(ReadState State, string? VideoUrl = null, long? Seed = null, ProviderFailure? Failure = null)
{
    /// <summary>In how many seconds the provider wants to be asked again; null when it did not say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? WaitSeconds { get; init; }
}

/// <summary>Looks at a job with our credentials: the only thing that is believed about it.</summary>
public sealed partial class ReadFromProvider(ProviderCatalog providers, ILogger<ReadFromProvider> logger)
{
    [Function(nameof(ReadFromProvider))]
    public async Task<ReadStep> Run([ActivityTrigger] ReadFromProviderInput input, CancellationToken cancellationToken)
    {
        if (providers.Find(input.Provider) is not { } provider)
            return new ReadStep(ReadState.Failed, Failure: ProviderCatalog.Removed(input.Provider));
        switch (await provider.ReadAsync(input.Job, cancellationToken))
        {
            case ReadResult.Running running: return new ReadStep(ReadState.Running) { WaitSeconds = running.NextRead?.TotalSeconds };
            case ReadResult.Succeeded succeeded: return new ReadStep(ReadState.Succeeded, succeeded.Video.Url, succeeded.Video.Seed);
            case ReadResult.Failed failed: return new ReadStep(ReadState.Failed, Failure: failed.Failure);
            case ReadResult.Unavailable unavailable:
                ReadUnavailable(logger, input.JobId, input.Provider, unavailable.Reason);
                return new ReadStep(ReadState.Running) { WaitSeconds = unavailable.RetryAfter?.TotalSeconds };
            case var unknown: throw new InvalidOperationException($"{unknown.GetType().Name} is not a read result.");
        }
    }

    [LoggerMessage(2101, LogLevel.Warning, "The state of job {JobId} at {Provider} could not be read: {Reason}. It is read again.")]
    private static partial void ReadUnavailable(ILogger logger, string jobId, string provider, string reason);
}
