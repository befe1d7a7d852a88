using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace OviFunctions.Media;

/// <summary>Looking for a blob that may not be there.</summary>
internal static class BlobLookup
{
    /// <summary>The properties of a blob, null when there is none.</summary>
    public static async Task<BlobProperties?> FindAsync(this BlobBaseClient blob, CancellationToken cancellationToken)
    {
        try
        {
            return await blob.GetPropertiesAsync(conditions: null, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }
}
