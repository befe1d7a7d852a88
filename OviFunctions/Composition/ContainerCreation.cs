using Azure;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OviFunctions.Storage;

namespace OviFunctions.Composition;

/// <summary>
/// Makes the Blob container when it is not there. Storage that does not answer is not fatal: readiness tells, and it is
/// tried again until it works, because a machine's parts start in any order.
/// </summary>
internal sealed partial class ContainerCreation(BlobContainerClient container, TimeProvider clock, ILogger<ContainerCreation> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!await TryCreateAsync(stoppingToken)) await Task.Delay(Pause, clock, stoppingToken);
    }

    private async Task<bool> TryCreateAsync(CancellationToken stoppingToken)
    {
        try
        {
            await container.CreateIfNotExistsAsync(cancellationToken: stoppingToken);
            return true;
        }
        catch (Exception e) when (StorageOutage.Is(e) && !stoppingToken.IsCancellationRequested)
        {
            NotCreated(logger, container.Name, (e as RequestFailedException)?.ErrorCode);
            return false;
        }
    }

    [LoggerMessage(1401, LogLevel.Error, "The Blob container {Container} could not be made ({Code}); orders are refused until it is there.")]
    private static partial void NotCreated(ILogger logger, string container, string? code);
}
