using System.Security.Cryptography;
using System.Text;
using OviFunctions.Crypto;
using OviFunctions.Tests.Payments;

namespace OviFunctions.Tests.Crypto;

public sealed class Secp256k1Tests
{
    private const string AnvilKey0 = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    private static readonly byte[] Digest = Vectors.Bytes("digest");
    private static readonly byte[] Signature = Vectors.Bytes("signature");
    private static readonly byte[] Signer = Vectors.Bytes("recovered");

    [Theory]
    [InlineData("signature")]
    [InlineData("signature_v_0_or_1")]
    [InlineData("signature_highS_mustReject")]
    public void TryRecoverAddress_VectorFromViem_GivesTheSigner(string name)
    {
        Span<byte> address = stackalloc byte[20];
        Assert.True(Secp256k1.TryRecoverAddress(Digest, Vectors.Bytes(name), address));
        Assert.Equal(Signer, address.ToArray());
    }

    [Fact]
    public void IsLowS_BothSpellings_TellsThemApart()
    {
        Assert.True(Secp256k1.IsLowS(Signature));
        Assert.False(Secp256k1.IsLowS(Vectors.Bytes("signature_highS_mustReject")));
        Assert.False(Secp256k1.IsLowS(Signature.AsSpan(0, 64)));
    }

    [Fact]
    public void Sign_DigestOfTheVectors_GivesViemsSignature() =>
        Assert.Equal(Signature, Secp256k1.Sign(Digest, Convert.FromHexString(AnvilKey0)));

    // The usual vectors for RFC 6979 on secp256k1 (the RFC has none for this curve): key 1 and key n - 1.
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000001", "Satoshi Nakamoto",
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5")]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
        "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d06b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5")]
    public void Sign_KnownKeyAndMessage_IsDeterministic(string key, string message, string expected)
    {
        var signature = Secp256k1.Sign(SHA256.HashData(Encoding.ASCII.GetBytes(message)), Convert.FromHexString(key));
        Assert.Equal(expected, Convert.ToHexStringLower(signature.AsSpan(0, 64)));
    }

    [Fact]
    public void Sign_ManyRandomDigests_RecoversTheSignerWithLowS()
    {
        Span<byte> address = stackalloc byte[20];
        Span<byte> expected = stackalloc byte[20];
        for (var i = 0; i < 50; i++)
        {
            var (key, digest) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
            Secp256k1.WriteAddress(key, expected);
            var signature = Secp256k1.Sign(digest, key);
            Assert.True(Secp256k1.IsLowS(signature));
            Assert.True(Secp256k1.TryRecoverAddress(digest, signature, address));
            Assert.Equal(expected.ToArray(), address.ToArray());
        }
    }

    // r or s of 0, of the group order, above it; an r that is no x coordinate (5 is none); v out of range; wrong lengths.
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", null, 27)]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", null, 27)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", null, 27)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000005", null, 27)]
    [InlineData(null, "0000000000000000000000000000000000000000000000000000000000000000", 27)]
    [InlineData(null, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 27)]
    [InlineData(null, null, 2)]
    [InlineData(null, null, 26)]
    [InlineData(null, null, 29)]
    [InlineData(null, null, 255)]
    public void TryRecoverAddress_ImpossibleSignature_IsFalse(string? r, string? s, byte v)
    {
        byte[] signature = [.. Signature];
        if (r is not null) Convert.FromHexString(r).CopyTo(signature, 0);
        if (s is not null) Convert.FromHexString(s).CopyTo(signature, 32);
        signature[64] = v;
        Assert.False(Secp256k1.TryRecoverAddress(Digest, signature, stackalloc byte[20]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    [InlineData(66)]
    public void TryRecoverAddress_WrongLength_IsFalse(int length) =>
        Assert.False(Secp256k1.TryRecoverAddress(Digest, new byte[length], stackalloc byte[20]));

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", false)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000001", true)]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", true)]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", false)]
    [InlineData("01", false)]
    public void IsPrivateKey_Bounds_AreThoseOfTheGroup(string key, bool expected) =>
        Assert.Equal(expected, Secp256k1.IsPrivateKey(Convert.FromHexString(key)));
}
