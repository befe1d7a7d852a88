using System.Diagnostics.CodeAnalysis;
using System.Text;
using OviFunctions.Http.Egress;

namespace OviFunctions.Media;

/// <summary>Where an input image is: what the text in <c>image_url</c> means.</summary>
public abstract record ImageSource
{
    private const int MaxPrefix = 256;

    private ImageSource() { }

    /// <summary>An http(s) URL, not checked yet.</summary>
    public sealed record Remote(string Url) : ImageSource;

    /// <summary>The image itself as base64, from a data URL or bare; not decoded yet.</summary>
    /// <param name="Base64">The digits, in the memory that was parsed, which must not change while this is in use.</param>
    public sealed record Inline(ReadOnlyMemory<byte> Base64) : ImageSource
    {
        /// <summary>
        /// Decodes while it is read. Standard alphabet; padding may be missing; blanks and line ends are skipped,
        /// because the base64 command writes them. <see cref="InvalidDataException"/> at what does not decode.
        /// </summary>
        public Stream OpenRead() => new Base64Stream(Base64);
    }

    /// <summary>Tells what the text is. An inline image is not copied, whatever its size.</summary>
    /// <param name="utf8">The value of the JSON string, unescaped, as UTF-8.</param>
    /// <param name="source">What it is.</param>
    /// <param name="problem">Why it is nothing that we take.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out ImageSource? source, [NotNullWhen(false)] out ImageProblem? problem)
    {
        var prefix = utf8.Span[..Math.Min(utf8.Length, MaxPrefix)];
        var colon = prefix.IndexOf((byte)':');
        var scheme = prefix[..Math.Max(colon, 0)];
        problem = null;
        if (utf8.IsEmpty) (source, problem) = (null, Wrong("the image is empty"));
        else if (colon < 0) source = new Inline(utf8);
        else if (Ascii.EqualsIgnoreCase(scheme, "data"u8)) (source, problem) = ParseDataUrl(utf8, prefix);
        else if (!Ascii.EqualsIgnoreCase(scheme, "https"u8) && !Ascii.EqualsIgnoreCase(scheme, "http"u8))
            (source, problem) = (null, Wrong("the image is given in a way that is not known; give an https URL, a data URL or base64"));
        else if (utf8.Length > EgressGuard.MaxUrlLength)
            (source, problem) = (null, Wrong($"the image URL is {utf8.Length} bytes long; at most {EgressGuard.MaxUrlLength} are allowed"));
        else source = new Remote(Encoding.UTF8.GetString(utf8.Span));
        return source is not null;
    }

    // RFC 2397: data:[<mediatype>][;base64],<data>. The media type is the sender's claim; the bytes decide.
    private static (ImageSource?, ImageProblem?) ParseDataUrl(ReadOnlyMemory<byte> utf8, ReadOnlySpan<byte> prefix)
    {
        var comma = prefix.IndexOf((byte)',');
        var declared = comma < 0 ? [] : prefix["data:".Length..comma];
        if (declared.Length < ";base64".Length || !Ascii.EqualsIgnoreCase(declared[^7..], ";base64"u8))
            return (null, Wrong("the data URL is not base64; it must begin with data:image/png;base64, or the like"));
        if (declared.Length < "image/".Length || !Ascii.EqualsIgnoreCase(declared[..6], "image/"u8))
            return (null, Wrong("the data URL does not declare an image; it must begin with data:image/png;base64, or the like"));
        return (new Inline(utf8[("data:".Length + declared.Length + 1)..]), null);
    }

    private static ImageProblem Wrong(string message) => new(ImageFault.Source, message);
}
