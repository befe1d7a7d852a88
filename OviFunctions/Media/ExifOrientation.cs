using System.Buffers.Binary;

namespace OviFunctions.Media;

/// <summary>
/// Reads how a camera was held from an image file (CIPA DC-008 "Exif", tag 0x0112): JPEG's APP1, PNG's <c>eXIf</c>, WebP's <c>EXIF</c>.
/// ffmpeg's versions differ in which of these they honour.
/// </summary>
internal static class ExifOrientation
{
    /// <summary>As stored.</summary>
    public const int Upright = 1;

    private const int MaxBlock = 64 * 1024;
    private const ushort Tag = 0x0112;
    private const ushort Short = 3;

    private static ReadOnlySpan<byte> JpegPrefix => "Exif\0\0"u8;

    /// <summary>1 to 8; 1 when the image does not say, or says something that is not an orientation.</summary>
    /// <param name="image">The whole file, seekable.</param>
    /// <param name="mediaType">Its kind, by its content.</param>
    public static int Read(Stream image, string mediaType) => mediaType switch
    {
        "image/jpeg" => ReadJpeg(image),
        "image/png" => ReadChunks(image, start: 8, "eXIf"u8, lengthFirst: true),
        _ => ReadChunks(image, start: 12, "EXIF"u8, lengthFirst: false),
    };

    private static int ReadJpeg(Stream image)
    {
        Span<byte> header = stackalloc byte[4];
        image.Position = 2;
        while (image.ReadAtLeast(header, 4, throwOnEndOfStream: false) == 4 && header[0] == 0xFF)
        {
            if (header[1] == 0xFF) // a fill byte
            {
                image.Position -= 3;
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(header[2..]) - 2;
            if (header[1] == 0xDA || length < 0) break;
            if (header[1] == 0xE1 && ReadBlock(image, length) is { } block && block.AsSpan().StartsWith(JpegPrefix)) return OfTiff(block.AsSpan(JpegPrefix.Length));
            if (header[1] != 0xE1) image.Position += length;
        }

        return Upright;
    }

    /// <summary>The chunks of PNG have length, type, data and a checksum; those of RIFF type, length, data and perhaps a byte of padding.</summary>
    private static int ReadChunks(Stream image, int start, ReadOnlySpan<byte> wanted, bool lengthFirst)
    {
        Span<byte> header = stackalloc byte[8];
        image.Position = start;
        while (image.ReadAtLeast(header, 8, throwOnEndOfStream: false) == 8)
        {
            long length = lengthFirst ? BinaryPrimitives.ReadUInt32BigEndian(header) : BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            var type = lengthFirst ? header[4..] : header[..4];
            if (type.SequenceEqual(wanted))
            {
                if (length > MaxBlock || ReadBlock(image, (int)length) is not { } block) return Upright;
                // Some programs write JPEG's prefix into the other formats too.
                return OfTiff(block.AsSpan().StartsWith(JpegPrefix) ? block.AsSpan(JpegPrefix.Length) : block);
            }

            image.Position += length + (lengthFirst ? 4 : length & 1);
        }

        return Upright;
    }

    private static byte[]? ReadBlock(Stream image, int length)
    {
        var block = new byte[length];
        return image.ReadAtLeast(block, length, throwOnEndOfStream: false) == length ? block : null;
    }

    /// <summary>TIFF 6.0: byte order, 42, and where the first directory is; its entries have tag, type, count and value.</summary>
    private static int OfTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 10) return Upright;
        var little = tiff.StartsWith("II"u8);
        if (!little && !tiff.StartsWith("MM"u8)) return Upright;
        var directory = UInt32(tiff[4..], little);
        if (directory > tiff.Length - 2) return Upright;
        var entries = tiff[(int)directory..];
        var count = UInt16(entries, little);
        for (var i = 0; i < count && entries.Length >= 2 + (12 * (i + 1)); i++)
        {
            var entry = entries.Slice(2 + (12 * i), 12);
            if (UInt16(entry, little) != Tag || UInt16(entry[2..], little) != Short) continue;
            var value = UInt16(entry[8..], little);
            return value is >= 1 and <= 8 ? value : Upright;
        }

        return Upright;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
