using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Configuration;
using OviFunctions.Hosting;
using OviFunctions.Media;
using OviFunctions.Storage;

namespace OviFunctions.Composition;

internal static class StorageRegistration
{
    public static void AddStorage(this IServiceCollection services, OviSettings settings)
    {
        // Made now, without any request, so that settings it cannot take are reported with the others.
        services.AddSingleton(Container(settings));
        services.AddSingleton<IRecordStore, BlobRecordStore>();
        services.AddSingleton<ImageIntake>();
        services.AddSingleton<VideoStore>();
        services.AddHostedService<ContainerCreation>();
        services.AddHealthChecks().AddCheck<StorageHealthCheck>("storage", timeout: TimeSpan.FromSeconds(3));
    }

    /// <summary>
    /// A buyer waits while storage is tried, so the SDK gives up after some five seconds instead of its two minutes;
    /// orchestrations try again on their own for much longer.
    /// </summary>
    internal static BlobClientOptions ClientOptions() => new()
    {
        Retry = { MaxRetries = 3, Delay = TimeSpan.FromMilliseconds(500), MaxDelay = TimeSpan.FromSeconds(4) },
    };

    private static BlobContainerClient Container(OviSettings settings)
    {
        var service = settings.Storage.AccountUrl is { } account
            ? StorageIdentity.Service(account, ClientOptions())
            : new BlobServiceClient(settings.Storage.ConnectionString ?? settings.AzureWebJobsStorage, ClientOptions());
        return service.GetBlobContainerClient(settings.Storage.Container);
    }
}
