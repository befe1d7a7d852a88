using Azure;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OviFunctions.Composition;

/// <summary>Makes the Blob container when it is not there. Storage that does not answer is not fatal: readiness tells.</summary>
internal sealed partial class ContainerCreation(BlobContainerClient container, ILogger<ContainerCreation> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await container.CreateIfNotExistsAsync(cancellationToken: stoppingToken);
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException)
        {
            NotCreated(logger, container.Name, (e as RequestFailedException)?.ErrorCode);
        }
    }

    [LoggerMessage(1401, LogLevel.Error, "The Blob container {Container} could not be made ({Code}); orders are refused until it is there.")]
    private static partial void NotCreated(ILogger logger, string container, string? code);
}
