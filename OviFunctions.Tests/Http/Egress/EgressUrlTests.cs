using System.Net;
using System.Text;
using OviFunctions.Http.Egress;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http.Egress;

public sealed class EgressUrlTests
{
    private static readonly EgressPolicy Image = EgressPolicy.For(EgressPurpose.Image);
    private static readonly EgressPolicy Webhook = EgressPolicy.For(EgressPurpose.Webhook);

    private static readonly EgressUrl Rules = new(new EgressHosts(new EgressOptions
    {
        AllowedHosts = ["localhost:5005", "[::1]:5005", "sim.test:443"],
        OwnHosts = ["api.ovi.video", "localhost:7071"],
    }));

    [Theory]
    [InlineData("https://images.ovi.dev/cat.png?sig=a%2Bb&x=1", "https://images.ovi.dev/cat.png?sig=a%2Bb&x=1")]
    [InlineData("HTTP://Images.OVI.dev/Cat.png", "http://images.ovi.dev/Cat.png")]
    [InlineData("https://images.ovi.dev./cat.png", "https://images.ovi.dev/cat.png")]
    [InlineData("https://images.ovi.dev.:443/images.ovi.dev.:443", "https://images.ovi.dev/images.ovi.dev.:443")]
    [InlineData("http://images.ovi.dev:80/", "http://images.ovi.dev/")]
    [InlineData("https://my_bucket.s3-eu-west-1.amazonaws.com/ü.png", "https://my_bucket.s3-eu-west-1.amazonaws.com/%C3%BC.png")]
    [InlineData("https://xn--bcher-kva.de/", "https://xn--bcher-kva.de/")]
    [InlineData("https://1.1.1.1/a", "https://1.1.1.1/a")]
    [InlineData("https://0x01010101/a", "https://1.1.1.1/a")]
    [InlineData("https://[2606:4700:4700::1111]/a", "https://[2606:4700:4700::1111]/a")]
    [InlineData("https://ovi.dev/a@b:c", "https://ovi.dev/a@b:c")]
    public void TryParse_PublicUrl_GivesOneSpelling(string text, string expected)
    {
        Assert.True(Rules.TryParse(Image, text, out var url, out _));
        Assert.Equal(expected, url.AbsoluteUri);
    }

    [Theory]
    [InlineData("", EgressRefusal.Malformed)]
    [InlineData("cat.png", EgressRefusal.Malformed)]
    [InlineData("//ovi.dev/cat.png", EgressRefusal.Scheme)] // a UNC path to Uri
    [InlineData("https:ovi.dev", EgressRefusal.Malformed)]
    [InlineData("https:///ovi.dev", EgressRefusal.Malformed)]
    [InlineData(" https://ovi.dev/", EgressRefusal.Malformed)]
    [InlineData("https://ovi.dev/my cat.png", EgressRefusal.Malformed)]
    [InlineData("https://ovi.dev/\r\nHost: x", EgressRefusal.Malformed)]
    [InlineData("https://ovi.dev\\@127.0.0.1/", EgressRefusal.Malformed)]
    [InlineData("file:///etc/passwd", EgressRefusal.Scheme)]
    [InlineData("ftp://ovi.dev/cat.png", EgressRefusal.Scheme)]
    [InlineData("gopher://ovi.dev/", EgressRefusal.Scheme)]
    [InlineData("data:image/png;base64,AAAA", EgressRefusal.Scheme)]
    [InlineData("https://me@ovi.dev/", EgressRefusal.UserInfo)]
    [InlineData("https://me:secret@ovi.dev/", EgressRefusal.UserInfo)]
    [InlineData("https://@ovi.dev/", EgressRefusal.UserInfo)]
    [InlineData("https://ovi.dev:8443/", EgressRefusal.Port)]
    [InlineData("https://ovi.dev:0/", EgressRefusal.Port)]
    [InlineData("http://ovi.dev:22/", EgressRefusal.Port)]
    [InlineData("https://api.ovi.video/v1/videos", EgressRefusal.OwnHost)]
    [InlineData("https://API.ovi.video./", EgressRefusal.OwnHost)]
    [InlineData("http://api.ovi.video:8080/", EgressRefusal.OwnHost)]
    [InlineData("http://localhost:7071/", EgressRefusal.OwnHost)]
    [InlineData("http://localhost/", EgressRefusal.OwnHost)]
    [InlineData("http://redis/", EgressRefusal.Host)]
    [InlineData("http://./", EgressRefusal.Malformed)]
    [InlineData("http://xn--/", EgressRefusal.Host)]
    [InlineData("http://redis.:80/", EgressRefusal.Host)]
    [InlineData("http://metadata.google.internal/", EgressRefusal.Host)]
    [InlineData("http://printer.local/", EgressRefusal.Host)]
    [InlineData("http://a.localhost/", EgressRefusal.Host)]
    [InlineData("http://router.home.arpa/", EgressRefusal.Host)]
    [InlineData("https://bücher.de/", EgressRefusal.Host)]
    [InlineData("http://１２７.0.0.1/", EgressRefusal.Host)]
    [InlineData("http://127。0。0。1/", EgressRefusal.Host)]
    [InlineData("http://-ovi.dev/", EgressRefusal.Host)]
    [InlineData("http://256.1.1.1/", EgressRefusal.Host)]
    [InlineData("http://1.2.3.4.5/", EgressRefusal.Host)]
    [InlineData("http://0177.0.0.08/", EgressRefusal.Host)]
    [InlineData("http://[fe80::1%25eth0]/", EgressRefusal.Host)]
    [InlineData("http://127.0.0.1/", EgressRefusal.Address)]
    [InlineData("http://127.0.0.1./", EgressRefusal.Address)]
    [InlineData("http://127.1/", EgressRefusal.Address)]
    [InlineData("http://2130706433/", EgressRefusal.Address)]
    [InlineData("http://0x7f000001/", EgressRefusal.Address)]
    [InlineData("http://0x7f.0x0.0x0.0x1/", EgressRefusal.Address)]
    [InlineData("http://0177.0.0.1/", EgressRefusal.Address)]
    [InlineData("http://0/", EgressRefusal.Address)]
    [InlineData("http://169.254.169.254/latest/meta-data/", EgressRefusal.Address)]
    [InlineData("http://[::1]/", EgressRefusal.Address)]
    [InlineData("http://[::ffff:169.254.169.254]/", EgressRefusal.Address)]
    [InlineData("http://[0:0:0:0:0:ffff:a9fe:a9fe]/", EgressRefusal.Address)]
    [InlineData("http://[64:ff9b::7f00:1]/", EgressRefusal.Address)]
    [InlineData("http://localhost:5006/", EgressRefusal.OwnHost)] // shares a name with us, and is not allowed
    [InlineData("http://[::1]:5006/", EgressRefusal.Port)]
    [InlineData("http://127.0.0.1:5005/", EgressRefusal.Port)] // exactly localhost is allowed, not its address
    public void TryParse_HostileUrl_RefusedByRule(string text, EgressRefusal rule)
    {
        Assert.False(Rules.TryParse(Image, text, out var url, out var refused));
        Assert.Null(url);
        Assert.Equal(rule, refused.Reason);
        Assert.NotEmpty(refused.Message);
    }

    [Fact]
    public void TryParse_PercentEncodedHost_Refused() =>
        Assert.False(Rules.TryParse(Image, "http://%31%32%37.0.0.1/", out _, out _));

    [Fact]
    public void TryParse_TooLong_SaysHowLong()
    {
        Assert.False(Rules.TryParse(Image, "https://ovi.dev/" + new string('a', 5000), out _, out var refused));
        Assert.Equal("the URL has 5016 characters; at most 4096 are allowed", refused.Message);
    }

    [Theory]
    [InlineData("http://ovi.dev/hook", EgressRefusal.Scheme)]
    [InlineData("https://ovi.dev:80/hook", EgressRefusal.Port)]
    public void TryParse_WebhookWithoutHttps_Refused(string text, EgressRefusal rule)
    {
        Assert.False(Rules.TryParse(Webhook, text, out _, out var refused));
        Assert.Equal(rule, refused.Reason);
    }

    [Theory]
    [InlineData("http://localhost:5005/hook")]
    [InlineData("http://LOCALHOST.:5005/hook")]
    [InlineData("http://[0::1]:5005/hook")]
    [InlineData("https://sim.test/hook")]
    public void TryParse_AllowedHost_ExemptFromAddressPortAndHttps(string text) =>
        Assert.True(Rules.TryParse(Webhook, text, out _, out _));

    [Theory]
    [InlineData("/b?c#d", "https://ovi.dev/b?c#d")]
    [InlineData("b", "https://ovi.dev/a/b")]
    [InlineData("//cdn.ovi.dev/b", "https://cdn.ovi.dev/b")]
    [InlineData("https://cdn.ovi.dev/my cat.png", "https://cdn.ovi.dev/my%20cat.png")]
    public void TryFollow_Location_ResolvedAgainstTheUrl(string location, string expected)
    {
        var target = new Uri(location, UriKind.RelativeOrAbsolute);

        Assert.True(Rules.TryFollow(Image, new Uri("https://ovi.dev/a/c"), target, out var url, out _));
        Assert.Equal(expected, url.AbsoluteUri);
    }

    [Theory]
    [InlineData("http://ovi.dev/a", EgressRefusal.Redirect)]
    [InlineData("https://127.0.0.1/", EgressRefusal.Address)]
    [InlineData("//127.0.0.1/", EgressRefusal.Address)]
    [InlineData("https://me@ovi.dev/", EgressRefusal.UserInfo)]
    [InlineData("ftp://ovi.dev/", EgressRefusal.Scheme)]
    public void TryFollow_HostileLocation_Refused(string location, EgressRefusal rule)
    {
        var target = new Uri(location, UriKind.RelativeOrAbsolute);

        Assert.False(Rules.TryFollow(Image, new Uri("https://ovi.dev/a/c"), target, out _, out var refused));
        Assert.Equal(rule, refused.Reason);
    }

    [Fact]
    public void TryParse_AllowedHostWithUserInfo_StillRefused()
    {
        Assert.False(Rules.TryParse(Image, "http://me@localhost:5005/", out _, out var refused));
        Assert.Equal(EgressRefusal.UserInfo, refused.Reason);
    }

    [Fact]
    public void TryParse_MutatedUrl_NeverThrowsAndNeverLetsAnOddHostPass()
    {
        byte[][] originals =
        [
            [.. "https://me:x@images.ovi.dev.:443/a%2e?b=c#d"u8],
            [.. "http://0x7f.0.0.1.:80/xn--bcher-kva.de"u8],
            [.. "http://[::ffff:127.0.0.1]:80/"u8],
            [.. "http://xn--bcher-kva.xn--p1ai./"u8],
        ];
        var random = new Xorshift(20261120);
        for (var i = 0; i < 50_000; i++)
        {
            var text = Encoding.Latin1.GetString(random.Mutate(originals[i % originals.Length]));
            if (!Rules.TryParse(Image, text, out var url, out _)) continue;
            Assert.Matches(@"^https?://([a-z0-9_-]+(\.[a-z0-9_-]+)+|\[[0-9a-f:]+\])(/|$)", url.AbsoluteUri.ToLowerInvariant());
            Assert.True(!IPAddress.TryParse(url.IdnHost, out var address) || PublicAddress.Contains(address), text);
        }
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("http://localhost:5005")]
    [InlineData("localhost:5005/path")]
    [InlineData("")]
    public void New_MalformedAllowedHost_SaysTheForm(string entry)
    {
        var error = Assert.Throws<ArgumentException>(() => new EgressHosts(new EgressOptions { AllowedHosts = [entry] }));
        Assert.Contains("host:port", error.Message, StringComparison.Ordinal);
    }
}
