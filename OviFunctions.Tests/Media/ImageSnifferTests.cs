using System.Text;
using OviFunctions.Media;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Media;

public sealed class ImageSnifferTests
{
    [Theory]
    [InlineData("picture.png", "image/png")]
    [InlineData("picture.jpg", "image/jpeg")]
    [InlineData("picture-lossy.webp", "image/webp")]
    [InlineData("picture-lossless.webp", "image/webp")]
    [InlineData("picture-extended.webp", "image/webp")]
    public void Complete_Image_HasTypeAndSizeInChunksOfAnySize(string file, string mediaType)
    {
        foreach (var chunk in (int[])[1, 7, 32, 1000, 100_000])
        {
            var (image, problem) = Sniff(MediaSample.Read(file), chunk);
            Assert.Null(problem);
            Assert.Equal((mediaType, 96, 64), (image!.MediaType, image.Width, image.Height));
        }
    }

    [Theory]
    [InlineData("picture.png")]
    [InlineData("picture.jpg")]
    [InlineData("picture-lossy.webp")]
    [InlineData("picture-lossless.webp")]
    [InlineData("picture-extended.webp")]
    public void Complete_CutAnywhere_Refused(string file)
    {
        var whole = MediaSample.Read(file);
        // The last CRC of a PNG carries no picture.
        var least = whole.Length - (file.EndsWith("png", StringComparison.Ordinal) ? 4 : 0);
        for (var length = 0; length < least; length++)
        {
            var (_, problem) = Sniff(whole[..length]);
            Assert.True(problem is { Fault: ImageFault.Truncated or ImageFault.Format }, $"cut to {length}: {problem}");
        }
    }

    [Theory]
    [InlineData("picture.gif", "a GIF")]
    [InlineData("picture.bmp", "a BMP")]
    [InlineData("picture.avif", "an AVIF")]
    [InlineData("video-only.mp4", "an MP4 of the brand isom")]
    [InlineData("quicktime.mov", "a QuickTime movie")]
    public void Complete_OtherFormat_RefusedByName(string file, string name) => AssertNamed(MediaSample.Read(file), name);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("  \r\n", "empty")]
    [InlineData("<!DOCTYPE html><html><body>Not found</body></html>", "HTML")]
    [InlineData("\uFEFF\n<html><head><title>404</title></head></html>", "HTML")]
    [InlineData("{\"detail\":\"the key is not valid\"}", "JSON")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'></svg>", "an SVG")]
    [InlineData("<?xml version='1.0' encoding='utf-8'?><Error/>", "XML")]
    [InlineData("%PDF-1.7 and so on and so on and so on", "a PDF")]
    [InlineData("II*\0 and so on and so on and so on and so on", "a TIFF")]
    [InlineData("no such image, please go away from here", "plain text")]
    [InlineData("\u0001\u0002\u0003\u0004 no text at all, and no format", "of an unknown kind")]
    public void Complete_Text_RefusedByName(string text, string name) => AssertNamed(Encoding.UTF8.GetBytes(text), name);

    [Theory]
    [InlineData("animated.png")]
    [InlineData("animated.webp")]
    public void Complete_Animation_Refused(string file) => Assert.Equal(ImageFault.Animated, Sniff(MediaSample.Read(file)).Problem?.Fault);

    [Theory]
    [InlineData(31, 64, ImageFault.TooSmall)]
    [InlineData(64, 0, ImageFault.TooSmall)]
    [InlineData(50_000, 1001, ImageFault.TooManyPixels)]
    [InlineData(int.MaxValue, int.MaxValue, ImageFault.TooManyPixels)]
    [InlineData(-1, -1, ImageFault.TooManyPixels)]
    [InlineData(50_000, 1000, null)]
    [InlineData(32, 32, null)]
    public void Complete_SizeAtTheLimits_JudgedByTheHeader(int width, int height, ImageFault? fault)
    {
        var png = MediaSample.Read("picture.png");
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);

        Assert.Equal(fault, Sniff(png).Problem?.Fault);
    }

    [Fact]
    public void Complete_JpegWithMuchMetadata_FindsTheFrameBehindIt()
    {
        var jpeg = MediaSample.Read("picture.jpg");
        // Marker, length, content that looks like the end of an image and like another frame.
        var misleading = Enumerable.Repeat<byte[]>([0xFF, 0xD9, 0xFF, 0xC0], 0x4000).SelectMany(bytes => bytes).Take(0xFFFD);
        byte[] application = [0xFF, 0xE1, 0xFF, 0xFF, .. misleading];
        byte[] large = [.. jpeg[..2], .. application, .. application, 0xFF, 0xFF, .. application, .. jpeg[2..]];

        var (image, _) = Sniff(large, 4096);

        Assert.Equal((96, 64), (image!.Width, image.Height));
        Assert.Equal(ImageFault.Truncated, Sniff(large[..^2]).Problem?.Fault);
    }

    [Theory]
    [InlineData(0xC1, null)]
    [InlineData(0xC2, null)]
    [InlineData(0xC3, ImageFault.Malformed)]
    [InlineData(0xC9, ImageFault.Malformed)]
    public void Complete_JpegProcess_ProgressiveTakenExoticRefused(byte marker, ImageFault? fault)
    {
        var jpeg = MediaSample.Read("picture.jpg");
        jpeg[jpeg.AsSpan().IndexOf<byte>([0xFF, 0xC0]) + 1] = marker;

        Assert.Equal(fault, Sniff(jpeg).Problem?.Fault);
    }

    [Fact]
    public void Complete_JpegWithTrailingVideo_Accepted()
    {
        byte[] motionPhoto = [.. MediaSample.Read("picture.jpg"), .. MediaSample.Read("video-only.mp4")];

        Assert.Null(Sniff(motionPhoto, 100).Problem);
    }

    [Fact]
    public void Append_OverTenMegabytes_RefusedAtOnce()
    {
        var sniffer = new ImageSniffer();
        Assert.True(sniffer.Append(MediaSample.Read("picture.png")));

        Assert.False(sniffer.Append(new byte[ImageLimits.MaxBytes]));

        Assert.Equal(ImageFault.TooLarge, sniffer.Complete().Problem?.Fault);
    }

    [Theory]
    [InlineData("picture.png")]
    [InlineData("picture.jpg")]
    [InlineData("picture-lossy.webp")]
    [InlineData("picture-lossless.webp")]
    public void Complete_MutatedImage_AlwaysAVerdict(string file)
    {
        var original = MediaSample.Read(file);
        var random = new Xorshift(20261120);
        for (var i = 0; i < 5000; i++)
        {
            var (image, problem) = Sniff(random.Mutate(original), 1 + random.Next(200));
            Assert.True(image is null != problem is null);
            if (image is not null) Assert.InRange((long)image.Width * image.Height, 1024, ImageLimits.MaxPixels);
        }
    }

    private static void AssertNamed(byte[] content, string name)
    {
        var (_, problem) = Sniff(content);
        Assert.Equal(new ImageProblem(ImageFault.Format, $"the image is {name}; send PNG, JPEG or WebP"), problem);
    }

    private static (ImageFormat? Image, ImageProblem? Problem) Sniff(byte[] content, int chunk = 4096)
    {
        var sniffer = new ImageSniffer();
        foreach (var part in content.Chunk(chunk)) sniffer.Append(part);
        return sniffer.Complete();
    }
}
