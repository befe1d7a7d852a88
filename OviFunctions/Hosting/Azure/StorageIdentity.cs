using Azure.Identity;
using Azure.Storage.Blobs;

namespace OviFunctions.Hosting;

/// <summary>Storage by the function app's managed identity.</summary>
internal static class StorageIdentity
{
    public static BlobServiceClient Service(Uri account, BlobClientOptions options) => new(account, new DefaultAzureCredential(), options);
}
