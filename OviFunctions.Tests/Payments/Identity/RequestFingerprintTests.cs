using System.Security.Cryptography;
using System.Text;
using OviFunctions.Payments.Identity;

namespace OviFunctions.Tests.Payments.Identity;

public sealed class RequestFingerprintTests
{
    private const string Route = "/v1/videos/ovi/image-to-video/jobs";

    [Fact]
    public void TryCompute_Body_IsTheHashOfMethodRouteAndCanonicalBody()
    {
        var expected = "v1:" + Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes("POST\n" + Route + "\n{\"a\":1,\"b\":\"ü\"}")));
        Assert.Equal(expected, Fingerprint("POST", Route, "{\"b\": \"\\u00fc\", \"a\": 1.0}"));
    }

    [Theory]
    [InlineData("PUT", Route, "{\"a\":1}")]
    [InlineData("POST", "/v1/other", "{\"a\":1}")]
    [InlineData("POST", Route, "{\"a\":2}")]
    [InlineData("POST", Route, "{\"a\":\"1\"}")]
    [InlineData("POST", Route, "{\"a\":1,\"b\":null}")]
    public void TryCompute_OtherRequest_Differs(string method, string route, string body) =>
        Assert.NotEqual(Fingerprint("POST", Route, "{\"a\":1}"), Fingerprint(method, route, body));

    [Fact]
    public void TryCompute_NotJson_SaysWhy()
    {
        Assert.False(RequestFingerprint.TryCompute("POST", Route, "{]"u8.ToArray(), out _, out var problem));
        Assert.Contains("JSON", problem, StringComparison.Ordinal);
    }

    // 10 MB of data URL, once plain and once with the slashes escaped as PHP does.
    [Fact]
    public void TryCompute_LargeDataUrl_IsNotCopied()
    {
        var picture = Convert.ToBase64String(RandomNumberGenerator.GetBytes(7_500_000));
        var plain = Encoding.ASCII.GetBytes($"{{\"image_url\":\"data:image/png;base64,{picture}\",\"prompt\":\"p\"}}");
        var escaped = Encoding.ASCII.GetBytes(
            $"{{\"prompt\":\"p\",\"image_url\":\"data:image/png;base64,{picture}\"}}".Replace("/", "\\/", StringComparison.Ordinal));

        // The first call fills the array pool, from which the parser takes its index.
        Assert.True(RequestFingerprint.TryCompute("POST", Route, plain, out var first, out _));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(RequestFingerprint.TryCompute("POST", Route, escaped, out var second, out _));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(first, second);
        Assert.True(allocated < 200_000, $"{allocated} bytes were allocated for a body of 10 MB.");
    }

    private static string Fingerprint(string method, string route, string body)
    {
        Assert.True(RequestFingerprint.TryCompute(method, route, Encoding.UTF8.GetBytes(body), out var fingerprint, out var problem),
            problem);
        return fingerprint;
    }
}
