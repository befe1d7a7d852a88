using System.Text;

namespace OviFunctions.Media;

/// <summary>Names what a file is by its first bytes, so that a refusal can say what was sent. Never a reason to accept.</summary>
internal static class FileKind
{
    private static readonly (byte[] Magic, string Name)[] Magics =
    [
        ([0x89, .. "PNG"u8], "a PNG"),
        ([0xFF, 0xD8, 0xFF], "a JPEG"),
        ([.. "GIF8"u8], "a GIF"),
        ([.. "BM"u8], "a BMP"),
        ([.. "II*\0"u8], "a TIFF"),
        ([.. "MM\0*"u8], "a TIFF"),
        ([0x00, 0x00, 0x01, 0x00], "an icon file"),
        ([0xFF, 0x0A], "a JPEG XL"),
        ([0x00, 0x00, 0x00, 0x0C, .. "JXL "u8], "a JPEG XL"),
        ([0x00, 0x00, 0x00, 0x0C, .. "jP  "u8], "a JPEG 2000"),
        ([.. "8BPS"u8], "a Photoshop file"),
        ([.. "%PDF"u8], "a PDF"),
        ([.. "PK"u8, 0x03, 0x04], "a ZIP archive"),
        ([0x1F, 0x8B], "gzip data"),
        ([0x1A, 0x45, 0xDF, 0xA3], "a WebM or Matroska file"),
        ([.. "OggS"u8], "an Ogg file"),
        ([.. "FLV"u8], "a Flash video"),
        ([.. "ID3"u8], "an MP3"),
    ];

    /// <summary>For example <c>a GIF</c>, <c>HTML</c>, <c>empty</c>; <c>of an unknown kind</c> when nothing fits.</summary>
    public static string Name(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty) return "empty";
        foreach (var (magic, name) in Magics)
        {
            if (head.StartsWith(magic)) return name;
        }

        if (head.Length >= 12 && head[4..8].SequenceEqual("ftyp"u8)) return Brand(head[8..12]);
        if (head.Length >= 12 && head.StartsWith("RIFF"u8)) return RiffForm(head[8..12]);
        return Text(head) ?? "of an unknown kind";
    }

    /// <summary>A four-character code as text, or as hex when it is not printable.</summary>
    public static string Printable(ReadOnlySpan<byte> code) =>
        code.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 ? Encoding.ASCII.GetString(code) : Convert.ToHexString(code);

    private static string Brand(ReadOnlySpan<byte> brand)
    {
        if (brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8)) return "an AVIF";
        if (brand.SequenceEqual("qt  "u8)) return "a QuickTime movie";
        return brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.StartsWith("mif1"u8) || brand.StartsWith("msf1"u8)
            ? "a HEIC"
            : $"an MP4 of the brand {Printable(brand)}";
    }

    private static string RiffForm(ReadOnlySpan<byte> form)
    {
        if (form.SequenceEqual("WEBP"u8)) return "a WebP";
        if (form.SequenceEqual("AVI "u8)) return "an AVI";
        return form.SequenceEqual("WAVE"u8) ? "a WAV" : "a RIFF file";
    }

    private static string? Text(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("\uFEFF"u8)) head = head[3..];
        head = head.TrimStart(" \t\r\n"u8);
        if (head.IsEmpty) return "empty";
        if (head[0] is (byte)'{' or (byte)'[') return "JSON";
        if (Ascii.EqualsIgnoreCase(head[..Math.Min(head.Length, 4)], "<svg"u8)) return "an SVG";
        if (head.StartsWith("<?xml"u8)) return "XML";
        if (head[0] == '<') return "HTML";
        return head.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 ? "plain text" : null;
    }
}
