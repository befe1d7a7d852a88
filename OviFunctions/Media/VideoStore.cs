using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using OviFunctions.Http.Egress;

namespace OviFunctions.Media;

/// <summary>
/// The finished videos. Storing streams from the provider into Blob storage in the memory of one 4 MB block; only an
/// MP4 that is whole and has a video track becomes visible. Only a storage outage or a cancellation throws.
/// </summary>
public sealed class VideoStore(BlobContainerClient videos)
{
    private const int BlockSize = 4 << 20;

    /// <summary>
    /// Stores a video under a name. The first video under a name stays: if there is one, it is returned and
    /// <paramref name="content"/> is not read (or, when two store at the same time, not kept).
    /// </summary>
    /// <param name="content">The MP4, read once, forward; not disposed.</param>
    /// <param name="blobName">The name in the container.</param>
    /// <param name="maxBytes">The largest video that is taken.</param>
    /// <param name="cancellationToken">Stops it; nothing is stored then.</param>
    public async Task<VideoResult> StoreAsync(Stream content, string blobName, long maxBytes, CancellationToken cancellationToken)
    {
        if (await FindAsync(blobName, cancellationToken) is { } stored) return new VideoResult.Stored(stored);

        var probe = new Mp4Probe();
        var staged = new StagedBlob(videos.GetBlockBlobClient(blobName), BlockSize);
        try
        {
            var end = await staged.CopyAsync(content, probe, maxBytes, cancellationToken);
            if (end == StagingEnd.TooLarge) return Refused(VideoFault.TooLarge, $"the video is larger than {maxBytes} bytes");
        }
        catch (SourceException e)
        {
            return e.InnerException is EgressReadException { Failure.Reason: EgressFailure.TooLarge }
                ? Refused(VideoFault.TooLarge, e.Message)
                : Refused(VideoFault.SourceBroken, $"the stream broke after {staged.Bytes} bytes: {e.Message}");
        }

        var (info, problem) = probe.Complete();
        if (info is null) return new VideoResult.Refused(problem!);
        var video = new StoredVideo(blobName, staged.Bytes, staged.Sha256, info);
        if (await staged.CommitAsync("video/mp4", video.ToMetadata(), cancellationToken)) return new VideoResult.Stored(video);
        return new VideoResult.Stored(await FindAsync(blobName, cancellationToken)
            ?? throw new InvalidOperationException($"The blob {blobName} can be neither written nor read."));
    }

    /// <summary>What is stored under a name; null when there is nothing.</summary>
    public async Task<StoredVideo?> FindAsync(string blobName, CancellationToken cancellationToken)
    {
        var properties = await videos.GetBlockBlobClient(blobName).FindAsync(cancellationToken);
        return properties is null ? null : StoredVideo.From(blobName, properties);
    }

    /// <summary>Deletes a video; no error when there is none.</summary>
    public Task DeleteAsync(string blobName, CancellationToken cancellationToken) =>
        videos.GetBlockBlobClient(blobName).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>Opens a video for reading; null when there is none. Bytes are fetched only when they are read.</summary>
    public async Task<VideoContent?> OpenReadAsync(string blobName, CancellationToken cancellationToken)
    {
        var blob = videos.GetBlockBlobClient(blobName);
        if (await blob.FindAsync(cancellationToken) is not { } properties) return null;
        return new VideoContent(
            StoredVideo.From(blobName, properties),
            properties.ETag.ToString("H"),
            properties.LastModified,
            new BlobReadStream(blob, properties.ContentLength, properties.ETag));
    }

    private static VideoResult.Refused Refused(VideoFault fault, string message) => new(new VideoProblem(fault, message));
}
