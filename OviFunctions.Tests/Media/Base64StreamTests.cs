using System.Text;
using OviFunctions.Media;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Media;

public sealed class Base64StreamTests
{
    // RFC 4648 section 10.
    [Theory]
    [InlineData("", "")]
    [InlineData("Zg==", "f")]
    [InlineData("Zm8=", "fo")]
    [InlineData("Zm9v", "foo")]
    [InlineData("Zm9vYg==", "foob")]
    [InlineData("Zm9vYmE=", "fooba")]
    [InlineData("Zm9vYmFy", "foobar")]
    [InlineData("Zm9vYg", "foob")]
    [InlineData("Zm9vYmE", "fooba")]
    [InlineData(" Zm9v\r\nYm\tFy\n\n", "foobar")]
    [InlineData("Zm9vYg=\n=\n", "foob")]
    public void Read_Base64_Decodes(string text, string expected) => Assert.Equal(expected, Encoding.ASCII.GetString(Decode(text, 3)));

    [Theory]
    [InlineData("Z")]
    [InlineData("Zm9vY")]
    [InlineData("Zg=")]
    [InlineData("Zg===")]
    [InlineData("====")]
    [InlineData("Zg==Zm9v")]
    [InlineData("Zm9v-_8=")]
    [InlineData("Zm9v%2BZg")]
    [InlineData("Zm9vé")]
    [InlineData("Zm9v\u00A0")]
    [InlineData("https//ovi.dev")]
    public void Read_NotBase64_ThrowsAndNamesTheAlphabet(string text)
    {
        var error = Assert.Throws<InvalidDataException>(() => Decode(text, 100));
        Assert.Contains("standard alphabet", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PaddingBeforeTheEndOfALongText_Throws() =>
        Assert.Throws<InvalidDataException>(() => Decode(new string('A', 8190) + "==" + new string('A', 8192), 100));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(76)]
    public void Read_LongTextInLines_DecodesAcrossItsBuffers(int lineLength)
    {
        var random = new Xorshift(7);
        var bytes = Enumerable.Range(0, 50_000).Select(_ => (byte)random.Next(256)).ToArray();
        var lines = Convert.ToBase64String(bytes).Chunk(lineLength).Select(line => new string(line));

        Assert.Equal(bytes, Decode(string.Join("\r\n", lines), 1000));
    }

    [Fact]
    public void Read_FourteenMegabytes_AllocatesOnlyItsBuffer()
    {
        var text = new byte[14_000_000];
        text.AsSpan().Fill((byte)'A');
        var sink = new byte[4096];
        var before = GC.GetAllocatedBytesForCurrentThread();

        using var stream = new Base64Stream(text);
        long total = 0;
        while (stream.Read(sink) is > 0 and var count) total += count;

        Assert.Equal(10_500_000, total);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }

    private static byte[] Decode(string text, int readSize)
    {
        using var stream = new Base64Stream(Encoding.UTF8.GetBytes(text));
        using var all = new MemoryStream();
        stream.CopyTo(all, readSize);
        return all.ToArray();
    }
}
