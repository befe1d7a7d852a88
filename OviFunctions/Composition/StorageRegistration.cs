using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Configuration;
using OviFunctions.Hosting;
using OviFunctions.Media;
using OviFunctions.Storage;

namespace OviFunctions.Composition;

internal static class StorageRegistration
{
    /// <summary>The connection string of the host's own storage, used when the gateway has none.</summary>
    private const string HostStorage = "AzureWebJobsStorage";

    public static void AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(provider => Container(provider.GetRequiredService<OviSettings>().Storage, configuration[HostStorage]));
        services.AddSingleton<IRecordStore, BlobRecordStore>();
        services.AddSingleton<ImageIntake>();
        services.AddSingleton<VideoStore>();
        services.AddHostedService<ContainerCreation>();
        services.AddHealthChecks().AddCheck<StorageHealthCheck>("storage", timeout: TimeSpan.FromSeconds(3));
    }

    private static BlobContainerClient Container(StorageSettings storage, string? hostStorage)
    {
        if (storage.AccountUrl is { } account) return StorageIdentity.Service(account).GetBlobContainerClient(storage.Container);
        var connection = storage.ConnectionString ?? hostStorage
            ?? throw new SettingsException([new SettingProblem("Storage:ConnectionString", "is missing, and so is AzureWebJobsStorage. It should be a storage account's connection string, or UseDevelopmentStorage=true for Azurite.")]);
        return new BlobServiceClient(connection).GetBlobContainerClient(storage.Container);
    }
}
