using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace OviFunctions.Media;

/// <summary>How copying a stream into a staged blob ended.</summary>
internal enum StagingEnd
{
    /// <summary>Every byte is staged.</summary>
    Copied,

    /// <summary>The probe refused the content; the rest was not read.</summary>
    Refused,

    /// <summary>The stream is longer than allowed; the rest was not read.</summary>
    TooLarge,
}

/// <summary>
/// One attempt to write a blob: blocks are staged while the bytes are hashed and probed, and become a blob only when
/// committed. Holds one block at a time. What is never committed vanishes from the account within a week.
/// </summary>
internal sealed class StagedBlob(BlockBlobClient blob, int blockSize)
{
    // Two attempts at one blob share its uncommitted blocks: with equal ids one could commit bytes of the other.
    private readonly string _attempt = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
    private readonly List<string> _blocks = [];

    /// <summary>How many bytes are staged.</summary>
    public long Bytes { get; private set; }

    /// <summary>SHA-256 over the staged bytes, lower-case hex; set when <see cref="StagingEnd.Copied"/>.</summary>
    public string Sha256 { get; private set; } = "";

    /// <exception cref="SourceException">The source could not be read to its end.</exception>
    public async Task<StagingEnd> CopyAsync(Stream source, IContentProbe probe, long maxBytes, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = ArrayPool<byte>.Shared.Rent(blockSize);
        try
        {
            for (var count = blockSize; count == blockSize;)
            {
                count = await ReadAsync(source, block.AsMemory(0, blockSize), cancellationToken);
                if (Bytes + count > maxBytes) return StagingEnd.TooLarge;
                if (!probe.Append(block.AsSpan(0, count))) return StagingEnd.Refused;
                hash.AppendData(block, 0, count);
                if (count > 0) await StageAsync(block, count, cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        return StagingEnd.Copied;
    }

    /// <summary>Makes the staged blocks the blob; false when there is a blob already, which stays as it is.</summary>
    public async Task<bool> CommitAsync(string contentType, IDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        var options = new CommitBlockListOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = contentType },
            Metadata = metadata,
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
        };
        try
        {
            await blob.CommitBlockListAsync(_blocks, options, cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412 || e.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // Another attempt committed first; with that, our blocks may be gone.
            return false;
        }
    }

    private async Task StageAsync(byte[] block, int count, CancellationToken cancellationToken)
    {
        var id = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{_attempt}{_blocks.Count:D6}"));
        using var content = new MemoryStream(block, 0, count, writable: false);
        await blob.StageBlockAsync(id, content, options: null, cancellationToken);
        _blocks.Add(id);
        Bytes += count;
    }

    private static async Task<int> ReadAsync(Stream source, Memory<byte> block, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new SourceException(e);
        }
    }
}

/// <summary>The stream to be stored failed, not the storage.</summary>
internal sealed class SourceException(Exception inner) : Exception(inner.Message, inner);
