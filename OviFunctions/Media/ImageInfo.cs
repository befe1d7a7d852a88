using System.Globalization;
using Azure.Storage.Blobs.Models;

namespace OviFunctions.Media;

/// <summary>An input image in storage.</summary>
/// <param name="Blob">The blob's name in the container of images.</param>
/// <param name="MediaType"><c>image/png</c>, <c>image/jpeg</c> or <c>image/webp</c>, by the content.</param>
/// <param name="Width">Pixels, as stored: a rotation noted in EXIF is not applied.</param>
/// <param name="Height">Pixels, as stored.</param>
/// <param name="Bytes">Length in bytes.</param>
/// <param name="Sha256">SHA-256 of the content, lower-case hex.</param>
public sealed record ImageInfo(string Blob, string MediaType, int Width, int Height, long Bytes, string Sha256)
{
    internal Dictionary<string, string> ToMetadata() => new()
    {
        ["sha256"] = Sha256,
        ["width"] = Width.ToString(CultureInfo.InvariantCulture),
        ["height"] = Height.ToString(CultureInfo.InvariantCulture),
    };

    internal static ImageInfo From(string blob, BlobProperties properties) => new(
        blob,
        properties.ContentType,
        int.Parse(properties.Metadata["width"], CultureInfo.InvariantCulture),
        int.Parse(properties.Metadata["height"], CultureInfo.InvariantCulture),
        properties.ContentLength,
        properties.Metadata["sha256"]);
}

/// <summary>How taking in an image ended.</summary>
public abstract record ImageResult
{
    private ImageResult() { }

    /// <summary>The image lies in storage.</summary>
    public sealed record Stored(ImageInfo Image) : ImageResult;

    /// <summary>The image was not taken, and nothing was stored.</summary>
    public sealed record Refused(ImageProblem Problem) : ImageResult;
}

/// <summary>A stored image, open for reading; the stream's reader disposes it.</summary>
/// <param name="Image">What it is.</param>
/// <param name="Content">The bytes, read asynchronously only; seekable.</param>
public sealed record ImageContent(ImageInfo Image, Stream Content)
{
    /// <summary>The entity tag, with its quotes.</summary>
    public required string ETag { get; init; }

    /// <summary>When it was stored.</summary>
    public required DateTimeOffset LastModified { get; init; }
}
