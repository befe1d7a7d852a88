using System.Buffers.Binary;
using OviFunctions.Media;

namespace OviFunctions.Tests.Media;

public sealed class ExifOrientationTests
{
    public static TheoryData<string, string> Files => new()
    {
        { "picture.jpg", "image/jpeg" }, { "picture.png", "image/png" }, { "picture-lossless.webp", "image/webp" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_EachFormat_FindsTheTag(string file, string mediaType)
    {
        var image = MediaSample.Read(file);
        Assert.Equal(1, Read(image, mediaType));
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            foreach (var little in new[] { true, false })
                Assert.Equal(orientation, Read(With(image, mediaType, ExifSample.Tiff(orientation, little)), mediaType));
        }
    }

    [Fact]
    public void Read_BlockIsBroken_IsUpright()
    {
        var whole = ExifSample.Tiff(6, little: true);
        byte[][] broken =
        [
            [], [.. "II"u8], whole[..10], whole[..21], [.. "XX"u8, .. whole[2..]], ExifSample.Tiff(0, true), ExifSample.Tiff(9, true),
            [.. whole[..4], 0xFF, 0xFF, 0xFF, 0xFF, .. whole[8..]], // a directory far away
            [.. whole[..8], 0xFF, 0xFF, .. whole[10..22].Select(_ => (byte)0)], // more entries than there are
        ];
        Assert.All(broken, tiff => Assert.All(Files, row =>
            Assert.Equal(1, Read(With(MediaSample.Read((string)row[0]), (string)row[1], tiff), (string)row[1]))));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_CutAnywhere_DoesNotThrow(string file, string mediaType)
    {
        var image = With(MediaSample.Read(file), mediaType, ExifSample.Tiff(6, little: true));
        for (var length = 0; length < Math.Min(image.Length, 200); length++) Assert.InRange(Read(image[..length], mediaType), 1, 8);
    }

    private static int Read(byte[] image, string mediaType) => ExifOrientation.Read(new MemoryStream(image), mediaType);

    private static byte[] With(byte[] image, string mediaType, byte[] tiff)
    {
        if (mediaType == "image/jpeg") return ExifSample.InJpeg(image, tiff);
        if (mediaType == "image/png")
        {
            var chunk = new byte[12 + tiff.Length];
            BinaryPrimitives.WriteInt32BigEndian(chunk, tiff.Length);
            "eXIf"u8.CopyTo(chunk.AsSpan(4));
            tiff.CopyTo(chunk, 8);
            return [.. image[..33], .. chunk, .. image[33..]];
        }

        var riff = new byte[8];
        "EXIF"u8.CopyTo(riff);
        BinaryPrimitives.WriteInt32LittleEndian(riff.AsSpan(4), tiff.Length);
        return [.. image, .. riff, .. tiff];
    }
}
