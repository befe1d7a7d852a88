using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using OviFunctions.Http.Egress;

namespace OviFunctions.Media;

/// <summary>
/// Takes in a buyer's image: checks it by content and size while it streams into Blob storage. Doing it again under
/// the same name changes nothing. Only a storage outage or a cancellation throws.
/// </summary>
public sealed class ImageIntake(BlobContainerClient images, EgressGuard egress)
{
    private const int BlockSize = 1 << 20;

    /// <summary>
    /// Everything that can be told without network and storage, for validation before a payment: the URL's syntax, or
    /// the whole inline image. Null when nothing is wrong so far.
    /// </summary>
    public ImageProblem? Check(ImageSource source) => Check(source, out _);

    /// <inheritdoc cref="Check(ImageSource)"/>
    /// <param name="source">The image as it was given.</param>
    /// <param name="size">Its size; null when that is not known yet.</param>
    public ImageProblem? Check(ImageSource source, out PixelSize? size)
    {
        size = null;
        return source switch
        {
            ImageSource.Remote remote => egress.TryParse(EgressPurpose.Image, remote.Url, out _, out var refused) ? null : Problem(refused),
            ImageSource.Inline inline => Check(inline, out size),
            _ => throw new ArgumentOutOfRangeException(nameof(source)),
        };
    }

    /// <summary>
    /// Stores the image under a name. The first image under a name stays: a URL may show something else by the second
    /// run, which then gets the first image; another inline image is an <see cref="ImageFault.Conflict"/>.
    /// </summary>
    public async Task<ImageResult> StoreAsync(ImageSource source, string blobName, CancellationToken cancellationToken)
    {
        var blob = images.GetBlockBlobClient(blobName);
        if (source is ImageSource.Inline inline)
        {
            using var content = inline.OpenRead();
            return await StoreAsync(content, blob, mustEqual: true, cancellationToken);
        }

        if (await blob.FindAsync(cancellationToken) is { } stored) return new ImageResult.Stored(ImageInfo.From(blobName, stored));
        var url = ((ImageSource.Remote)source).Url;
        var fetched = await egress.GetAsync(EgressPurpose.Image, url, cancellationToken);
        if (fetched is not EgressResult.Ok { Response: var response }) return new ImageResult.Refused(Problem(fetched));
        using (response)
        {
            return await StoreAsync(response.Content, blob, mustEqual: false, cancellationToken);
        }
    }

    /// <summary>Stores an image of our own making under a name. The first image under a name stays.</summary>
    /// <param name="content">The image, read once, forward; not disposed.</param>
    /// <param name="blobName">The name in the container.</param>
    /// <param name="cancellationToken">Stops it; nothing is stored then.</param>
    public Task<ImageResult> StoreAsync(Stream content, string blobName, CancellationToken cancellationToken) =>
        StoreAsync(content, images.GetBlockBlobClient(blobName), mustEqual: false, cancellationToken);

    /// <summary>What is stored under a name; null when there is nothing.</summary>
    public async Task<ImageInfo?> FindAsync(string blobName, CancellationToken cancellationToken) =>
        await images.GetBlockBlobClient(blobName).FindAsync(cancellationToken) is { } properties ? ImageInfo.From(blobName, properties) : null;

    /// <summary>Opens an image for reading; null when there is none. Bytes are fetched only when they are read.</summary>
    public async Task<ImageContent?> OpenReadAsync(string blobName, CancellationToken cancellationToken)
    {
        var blob = images.GetBlockBlobClient(blobName);
        return await blob.FindAsync(cancellationToken) is { } properties
            ? new ImageContent(ImageInfo.From(blobName, properties), new BlobReadStream(blob, properties.ContentLength, properties.ETag))
            {
                ETag = properties.ETag.ToString("H"), LastModified = properties.LastModified,
            }
            : null;
    }

    private static async Task<ImageResult> StoreAsync(
        Stream content, BlockBlobClient blob, bool mustEqual, CancellationToken cancellationToken)
    {
        var sniffer = new ImageSniffer();
        var staged = new StagedBlob(blob, BlockSize);
        try
        {
            var end = await staged.CopyAsync(content, sniffer, ImageLimits.MaxBytes, cancellationToken);
            if (end == StagingEnd.TooLarge) return new ImageResult.Refused(ImageSniffer.TooLarge());
        }
        catch (SourceException e)
        {
            return new ImageResult.Refused(Problem(e));
        }

        var (format, problem) = sniffer.Complete();
        if (format is null) return new ImageResult.Refused(problem!);
        var image = new ImageInfo(blob.Name, format.MediaType, format.Width, format.Height, staged.Bytes, staged.Sha256);
        if (await staged.CommitAsync(image.MediaType, image.ToMetadata(), cancellationToken)) return new ImageResult.Stored(image);

        var first = await blob.FindAsync(cancellationToken)
            ?? throw new InvalidOperationException($"The blob {blob.Name} can be neither written nor read.");
        return mustEqual && first.Metadata["sha256"] != image.Sha256
            ? new ImageResult.Refused(new ImageProblem(ImageFault.Conflict, "another image is stored under this name already"))
            : new ImageResult.Stored(ImageInfo.From(blob.Name, first));
    }

    private static ImageProblem? Check(ImageSource.Inline inline, out PixelSize? size)
    {
        size = null;
        var sniffer = new ImageSniffer();
        using var content = inline.OpenRead();
        Span<byte> chunk = stackalloc byte[4096];
        try
        {
            while (content.Read(chunk) is > 0 and var count && sniffer.Append(chunk[..count])) { }
        }
        catch (InvalidDataException e)
        {
            return new ImageProblem(ImageFault.Base64, e.Message);
        }

        var (image, problem) = sniffer.Complete();
        if (image is not null) size = new PixelSize(image.Width, image.Height);
        return problem;
    }

    private static ImageProblem Problem(SourceException exception) =>
        exception.InnerException is EgressReadException { Failure: var failure }
            ? Problem(failure)
            : new ImageProblem(ImageFault.Base64, exception.Message);

    private static ImageProblem Problem(EgressResult result) => result switch
    {
        EgressResult.Refused refused => new(ImageFault.UrlRefused, refused.Message),
        EgressResult.Failed { Reason: EgressFailure.TooLarge } => ImageSniffer.TooLarge(),
        EgressResult.Failed failed => new(ImageFault.Unreachable, failed.Message, failed.Transient),
        _ => throw new ArgumentOutOfRangeException(nameof(result)),
    };
}
