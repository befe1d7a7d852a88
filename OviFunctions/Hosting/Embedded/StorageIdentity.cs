using Azure.Storage.Blobs;
using OviFunctions.Configuration;

namespace OviFunctions.Hosting;

/// <summary>Storage by the machine's identity is offered on Azure only.</summary>
internal static class StorageIdentity
{
    public static BlobServiceClient Service(Uri account, BlobClientOptions options) => throw new SettingsException(
    [
        new SettingProblem(
            "Storage:AccountUrl",
            $"\"{account}\" needs a managed identity, which the embedded host does not use. Set Storage:ConnectionString instead."),
    ]);
}
