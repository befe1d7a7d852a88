using System.Security.Cryptography;
using System.Text;
using OviFunctions.Http;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http;

public sealed class ApiKeysTests
{
    [Fact]
    public void Find_KnownKey_NamesItsBuyer()
    {
        var keys = new ApiKeys(TestSettings.Read(("ApiKeys:1:Id", "bob"), ("ApiKeys:1:Sha256", HashOf("bobs key").ToUpperInvariant())), new ManualTimeProvider());

        Assert.Equal("alice", keys.Find(TestSettings.ApiKey)!.Id);
        Assert.Equal("bob", keys.Find("bobs key")!.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ovi_dev_key_0123456789abcdef0123456789abcde")]
    [InlineData("OVI_DEV_KEY_0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("09c6b1905a83f0d386dd7fad81d55395675ce04d0a32bbcdd65e0af23ebf693b")] // the hash opens nothing
    public void Find_OtherText_IsNoKey(string text) => Assert.Null(new ApiKeys(TestSettings.Read(), new ManualTimeProvider()).Find(text));

    [Fact]
    public void Find_KeyThatIsSwitchedOff_IsNoKey() =>
        Assert.Null(new ApiKeys(TestSettings.Read(("ApiKeys:0:Enabled", "false")), new ManualTimeProvider()).Find(TestSettings.ApiKey));

    [Fact]
    public void Find_NoKeysConfigured_IsNoKey() =>
        Assert.Null(new ApiKeys(TestSettings.Read(("ApiKeys:0:Id", null), ("ApiKeys:0:Sha256", null)), new ManualTimeProvider()).Find(TestSettings.ApiKey));

    private static string HashOf(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
