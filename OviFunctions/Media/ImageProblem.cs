namespace OviFunctions.Media;

/// <summary>What is wrong with an image, or with the way it was given.</summary>
public enum ImageFault
{
    /// <summary>Neither an http(s) URL, nor a data URL, nor base64.</summary>
    Source,

    /// <summary>Base64 that does not decode.</summary>
    Base64,

    /// <summary>The egress rules forbid the URL.</summary>
    UrlRefused,

    /// <summary>The URL was not delivered by its host.</summary>
    Unreachable,

    /// <summary>Not a PNG, JPEG or WebP.</summary>
    Format,

    /// <summary>An animation.</summary>
    Animated,

    /// <summary>A PNG, JPEG or WebP whose headers are broken, or of an exotic kind.</summary>
    Malformed,

    /// <summary>The file ends before the picture does.</summary>
    Truncated,

    /// <summary>Its headers are right and its picture cannot be read.</summary>
    Undecodable,

    /// <summary>Over <see cref="ImageLimits.MaxBytes"/>.</summary>
    TooLarge,

    /// <summary>Over <see cref="ImageLimits.MaxPixels"/>.</summary>
    TooManyPixels,

    /// <summary>A side under <see cref="ImageLimits.MinSide"/>.</summary>
    TooSmall,

    /// <summary>Another image lies already under this name.</summary>
    Conflict,
}

/// <summary>An image that is not taken.</summary>
/// <param name="Fault">The reason.</param>
/// <param name="Message">What was wrong and what would be right; may be shown to the buyer.</param>
/// <param name="Transient">Whether the same image may be taken later.</param>
public sealed record ImageProblem(ImageFault Fault, string Message, bool Transient = false);

/// <summary>The limits of an input image.</summary>
public static class ImageLimits
{
    /// <summary>10 MiB, decoded. As base64 that is 13.98 million characters: it fits into a 14 MB body.</summary>
    public const int MaxBytes = 10 << 20;

    /// <summary>50 megapixels: what a decoder would have to hold is no multiple of what was sent.</summary>
    public const int MaxPixels = 50_000_000;

    /// <summary>Both sides must have at least so many pixels.</summary>
    public const int MinSide = 32;
}
