using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Providers;

namespace OviFunctions.Activities;

public sealed record CancelAtProviderInput(string JobId, string Provider, ProviderJob Job);

/// <summary>Asks a provider to stop a job that is not needed any more; best effort.</summary>
public sealed partial class CancelAtProvider(ProviderCatalog providers, ILogger<CancelAtProvider> logger)
{
    /// <returns>Whether the provider confirmed that the job will not run.</returns>
    [Function(nameof(CancelAtProvider))]
    public async Task<bool> Run([ActivityTrigger] CancelAtProviderInput input, CancellationToken cancellationToken)
    {
        if (providers.Find(input.Provider) is not { } provider) return false;
        var result = await provider.CancelAsync(input.Job, cancellationToken);
        Canceled(logger, input.JobId, input.Provider, result);
        return result == CancelResult.Confirmed;
    }

    [LoggerMessage(2102, LogLevel.Information, "Job {JobId} was cancelled at {Provider}: {Result}.")]
    private static partial void Canceled(ILogger logger, string jobId, string provider, CancelResult result);
}
