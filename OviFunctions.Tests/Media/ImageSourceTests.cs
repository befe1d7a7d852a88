using System.Text;
using OviFunctions.Media;

namespace OviFunctions.Tests.Media;

public sealed class ImageSourceTests
{
    [Theory]
    [InlineData("https://ovi.dev/cat.png")]
    [InlineData("HTTP://ovi.dev/ü?a=data:,")]
    public void TryParse_Url_Remote(string text) => Assert.Equal(new ImageSource.Remote(text), Parse(text).Source);

    [Theory]
    [InlineData("data:image/png;base64,iVBORw0K", "iVBORw0K")]
    [InlineData("DATA:IMAGE/JPEG;BASE64,/9j/", "/9j/")]
    [InlineData("data:image/png;name=cat.png;base64,iVBO", "iVBO")]
    [InlineData("data:image/png;base64,", "")]
    [InlineData("iVBORw0K", "iVBORw0K")]
    [InlineData("/9j/4AAQ", "/9j/4AAQ")]
    public void TryParse_DataUrlOrBase64_InlineWithTheDigits(string text, string digits)
    {
        var inline = Assert.IsType<ImageSource.Inline>(Parse(text).Source);
        Assert.Equal(digits, Encoding.UTF8.GetString(inline.Base64.Span));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("ftp://ovi.dev/cat.png", "https URL, a data URL or base64")]
    [InlineData("blob:https://ovi.dev/1", "https URL, a data URL or base64")]
    [InlineData("data:image/png,%89PNG", "not base64")]
    [InlineData("data:image/png;charset=base64x,AAAA", "not base64")]
    [InlineData("data:image/png;base64", "not base64")]
    [InlineData("data:;base64,AAAA", "does not declare an image")]
    [InlineData("data:video/mp4;base64,AAAA", "does not declare an image")]
    [InlineData("data:,", "not base64")]
    [InlineData("data:", "not base64")]
    public void TryParse_Other_ProblemSaysWhatWouldBeRight(string text, string part)
    {
        var (source, problem) = Parse(text);
        Assert.Null(source);
        Assert.Equal(ImageFault.Source, problem!.Fault);
        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_UrlOverTheLimit_SaysTheLimit() => Assert.Equal(
        "the image URL is 5016 bytes long; at most 4096 are allowed", Parse("https://ovi.dev/" + new string('a', 5000)).Problem?.Message);

    [Fact]
    public void TryParse_LargeInlineImage_IsNotCopied()
    {
        byte[] text = [.. "data:image/png;base64,"u8, .. new byte[10_000_000]];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.True(ImageSource.TryParse(text, out _, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    private static (ImageSource? Source, ImageProblem? Problem) Parse(string text)
    {
        var parsed = ImageSource.TryParse(Encoding.UTF8.GetBytes(text), out var source, out var problem);
        Assert.Equal(parsed, problem is null);
        return (source, problem);
    }
}
