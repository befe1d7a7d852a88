using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace OviFunctions.Storage;

/// <summary>
/// Small JSON records that must be claimed atomically or outlive their orchestration: claims, aliases, submit
/// intents, outcomes. One record is one blob; the first writer of a name wins.
/// </summary>
public interface IRecordStore
{
    /// <summary>Writes a record if there is none of that name.</summary>
    /// <returns>Whether this call wrote it.</returns>
    Task<bool> TryCreateAsync<T>(string name, T record, CancellationToken cancellationToken) where T : class;

    /// <summary>Reads a record; null when there is none.</summary>
    Task<StoredRecord<T>?> ReadAsync<T>(string name, CancellationToken cancellationToken) where T : class;

    /// <summary>Replaces a record if it is still the version that was read.</summary>
    /// <returns>Whether this call replaced it.</returns>
    Task<bool> TryReplaceAsync<T>(string name, T record, string version, CancellationToken cancellationToken) where T : class;

    /// <summary>Deletes a record; no error when there is none.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>The names that begin with a prefix, in name order, with the time of the last write.</summary>
    IAsyncEnumerable<(string Name, DateTimeOffset WrittenAt)> ListAsync(string prefix, CancellationToken cancellationToken);
}

/// <summary>A record and its version (ETag).</summary>
public sealed record StoredRecord<T>(T Value, string Version);

/// <summary>Records as block blobs.</summary>
public sealed class BlobRecordStore(BlobContainerClient container) : IRecordStore
{
    private const string WriterKey = "writer";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public Task<bool> TryCreateAsync<T>(string name, T record, CancellationToken cancellationToken) where T : class =>
        TryWriteAsync(name, record, new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken);

    public Task<bool> TryReplaceAsync<T>(string name, T record, string version, CancellationToken cancellationToken) where T : class =>
        TryWriteAsync(name, record, new BlobRequestConditions { IfMatch = new ETag(version) }, cancellationToken);

    public async Task<StoredRecord<T>?> ReadAsync<T>(string name, CancellationToken cancellationToken) where T : class
    {
        try
        {
            var blob = await container.GetBlobClient(name).DownloadContentAsync(cancellationToken);
            var record = JsonSerializer.Deserialize<T>(blob.Value.Content, Json)
                ?? throw new InvalidDataException($"The record {name} is empty.");
            return new(record, blob.Value.Details.ETag.ToString());
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            // Not for every 404: without its container, nothing is known about any record.
            return null;
        }
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        await container.GetBlobClient(name).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    public async IAsyncEnumerable<(string Name, DateTimeOffset WrittenAt)> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var blob in container.GetBlobsAsync(prefix: prefix, cancellationToken: cancellationToken))
            yield return (blob.Name, blob.Properties.LastModified ?? DateTimeOffset.MinValue);
    }

    private async Task<bool> TryWriteAsync<T>(string name, T record, BlobRequestConditions conditions, CancellationToken cancellationToken)
    {
        var blob = container.GetBlobClient(name);
        var writer = RandomNumberGenerator.GetHexString(16, lowercase: true);
        var options = new BlobUploadOptions
        {
            Conditions = conditions,
            HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
            Metadata = new Dictionary<string, string> { [WriterKey] = writer },
        };
        try
        {
            await blob.UploadAsync(BinaryData.FromObjectAsJson(record, Json), options, cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            // The SDK repeats a write whose answer was lost, and is then told that the blob is there: by itself.
            return await IsWriterAsync(blob, writer, cancellationToken);
        }
    }

    private static async Task<bool> IsWriterAsync(BlobClient blob, string writer, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            return properties.Value.Metadata.TryGetValue(WriterKey, out var found) && found == writer;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return false;
        }
    }
}
