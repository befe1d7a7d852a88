using System.Buffers.Binary;

namespace OviFunctions.Tests.Media;

/// <summary>Exif blocks with nothing but an orientation.</summary>
internal static class ExifSample
{
    public static byte[] Tiff(int orientation, bool little)
    {
        var tiff = new byte[26];
        (little ? "II"u8 : "MM"u8).CopyTo(tiff);
        Write(2, 42);
        Write(little ? 4 : 6, 8); // where the directory is, 32 bits
        Write(8, 1); // one entry
        Write(10, 0x0112);
        Write(12, 3); // of 16 bits
        Write(little ? 14 : 16, 1); // one value, 32 bits
        Write(18, orientation);
        return tiff;

        void Write(int at, int value)
        {
            if (little) BinaryPrimitives.WriteUInt16LittleEndian(tiff.AsSpan(at), (ushort)value);
            else BinaryPrimitives.WriteUInt16BigEndian(tiff.AsSpan(at), (ushort)value);
        }
    }

    /// <summary>A JPEG with an Exif block as its first segment.</summary>
    public static byte[] InJpeg(byte[] jpeg, byte[] tiff)
    {
        var length = 2 + 6 + tiff.Length;
        return [.. jpeg[..2], 0xFF, 0xE1, (byte)(length >> 8), (byte)length, .. "Exif\0\0"u8, .. tiff, .. jpeg[2..]];
    }
}
