using System.Text.RegularExpressions;
using Azure.Storage.Blobs;

namespace OviFunctions.Configuration;

/// <summary>Where images, videos and records are kept.</summary>
public sealed partial class StorageSettings : ISettingRules
{
    [Setting("Connection string of the storage account; AzureWebJobsStorage is used when it is not set.", Secret = true, Example = "UseDevelopmentStorage=true")]
    public string? ConnectionString { get; set; }

    [Setting("Blob endpoint of the storage account, to be used with the machine's managed identity instead of a connection string (Azure host).", Example = "https://account.blob.core.windows.net")]
    public Uri? AccountUrl { get; set; }

    [Setting("The Blob container.")]
    public string Container { get; set; } = "ovifunctions";

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (ConnectionString is not null && AccountUrl is not null)
            yield return new(path + "AccountUrl", "is set together with Storage:ConnectionString; only one of them can be used.");
        if (!ContainerName().IsMatch(Container))
            yield return new(path + "Container", $"\"{Container}\" is not a container name: 3 to 63 lower-case letters and digits, with single hyphens between them.");
    }

    /// <summary>Whether there is a connection, and one that the SDK can read.</summary>
    /// <param name="hostStorage">The connection string that is used when this group has none.</param>
    internal IEnumerable<SettingProblem> CheckConnection(string? hostStorage)
    {
        const string right = "It should be a storage account's connection string, or UseDevelopmentStorage=true for Azurite.";
        if (AccountUrl is not null) yield break;
        if ((ConnectionString ?? hostStorage) is not { } connection)
            yield return new("Storage:ConnectionString", $"is missing, and so is AzureWebJobsStorage. {right}");
        else if (!IsConnectionString(connection))
            yield return new(ConnectionString is null ? "AzureWebJobsStorage" : "Storage:ConnectionString", $"cannot be read. {right}");
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            _ = new BlobServiceClient(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\A(?=.{3,63}\z)[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex ContainerName();
}
