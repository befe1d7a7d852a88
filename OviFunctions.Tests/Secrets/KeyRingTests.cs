using System.Security.Cryptography;
using System.Text;
using OviFunctions.Configuration;
using OviFunctions.Secrets;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Secrets;

public sealed class KeyRingTests
{
    private static readonly KeyRing Ring = Of("k1");

    [Fact]
    public void Mac_IsHmacUnderTheHkdfKeyOfThePurpose()
    {
        // Computed here by RFC 5869 and RFC 2104, so that a change of the derivation, which voids every token, is seen.
        var key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, Convert.FromBase64String(TestSettings.ServerKey), 32, info: "ovifunctions/access/v1"u8.ToArray());

        Assert.Equal(HMACSHA256.HashData(key, "3:job6:jobé1"u8), Ring.Mac("k1", KeyPurpose.Access, "job", "jobé1"));
    }

    [Fact]
    public void Token_SameParts_IsTheSameInEveryProcess()
    {
        var token = Ring.Token("k1", KeyPurpose.Access, "job", "job_1");

        Assert.Equal(token, Of("k1").Token("k1", KeyPurpose.Access, "job", "job_1"));
        Assert.Equal(32, token.Length);
        Assert.Matches("^[A-Za-z0-9_-]{32}$", token);
        Assert.True(Ring.Verify(token, "k1", KeyPurpose.Access, "job", "job_1"));
    }

    [Fact]
    public void Token_OfOnePurpose_IsWorthlessForAnother()
    {
        var tokens = Enum.GetValues<KeyPurpose>().Select(purpose => Ring.Token("k1", purpose, "a")).ToArray();

        Assert.Equal(tokens.Length, tokens.Distinct().Count());
        Assert.False(Ring.Verify(tokens[(int)KeyPurpose.Callback], "k1", KeyPurpose.Access, "a"));
    }

    [Fact]
    public void Token_PartsThatReadTheSameTogether_AreDifferent()
    {
        string[][] lists = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["", "abc"], ["2:ab1:c"], []];

        Assert.Equal(lists.Length, lists.Select(parts => Ring.Token("k1", KeyPurpose.Access, parts)).Distinct().Count());
    }

    [Fact]
    public void Verify_AnotherPart_Fails() => Assert.False(
        Ring.Verify(Ring.Token("k1", KeyPurpose.Access, "job", "job_1"), "k1", KeyPurpose.Access, "job", "job_2"));

    [Fact]
    public void Verify_AnyCharacterChanged_Fails()
    {
        var token = Ring.Token("k1", KeyPurpose.Access, "a");

        for (var i = 0; i < token.Length; i++)
        {
            var changed = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            Assert.False(Ring.Verify(changed, "k1", KeyPurpose.Access, "a"));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("ééé")]
    public void Verify_TextThatIsNoToken_Fails(string token) => Assert.False(Ring.Verify(token, "k1", KeyPurpose.Access, "a"));

    [Fact]
    public void Rotation_OldKeyKept_ItsTokensStillWorkAndTheNewOneIsCurrent()
    {
        var token = Ring.Token("k1", KeyPurpose.Access, "a");
        var rotated = Of("k2", "k1");

        Assert.Equal("k2", rotated.CurrentKeyId);
        Assert.True(rotated.Knows("k1"));
        Assert.True(rotated.Verify(token, "k1", KeyPurpose.Access, "a"));
        Assert.False(rotated.Verify(token, "k2", KeyPurpose.Access, "a"));
        Assert.NotEqual(token, rotated.Token("k2", KeyPurpose.Access, "a"));
    }

    [Fact]
    public void Rotation_OldKeyRemoved_ItsTokensFail()
    {
        var token = Ring.Token("k1", KeyPurpose.Access, "a");
        var rotated = Of("k2");

        Assert.False(rotated.Knows("k1"));
        Assert.False(rotated.Verify(token, "k1", KeyPurpose.Access, "a"));
        var e = Assert.Throws<KeyNotFoundException>(() => rotated.Token("k1", KeyPurpose.Access, "a"));
        Assert.Contains("\"k1\"", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rotation_SameIdWithAnotherValue_VoidsItsTokens()
    {
        var other = new KeyRing(new SecretsSettings { Keys = [new ServerKeySettings { Id = "k1", Value = SecretRules.SampleServerKey }] });

        Assert.False(other.Verify(Ring.Token("k1", KeyPurpose.Access, "a"), "k1", KeyPurpose.Access, "a"));
    }

    /// <summary>A ring of these keys; equal ids have equal values.</summary>
    internal static KeyRing Of(params string[] ids) => new(new SecretsSettings
    {
        Keys = [.. ids.Select(id => new ServerKeySettings
        {
            Id = id,
            Value = id == "k1" ? TestSettings.ServerKey : Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(id))),
        })],
    });
}
