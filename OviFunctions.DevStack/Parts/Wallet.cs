using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Math;

namespace OviFunctions.DevStack.Parts;

/// <summary>A wallet whose private key is known: for the local chain only.</summary>
/// <param name="PrivateKey">0x and 64 hex digits.</param>
/// <param name="Address">0x and 40 lower-case hex digits.</param>
internal sealed record Wallet(string PrivateKey, string Address)
{
    /// <summary>The wallet of a private key.</summary>
    public static Wallet FromPrivateKey(string privateKey)
    {
        var point = SecNamedCurves.GetByName("secp256k1").G.Multiply(new BigInteger(privateKey[2..], 16)).Normalize().GetEncoded(false);
        var keccak = new KeccakDigest(256);
        keccak.BlockUpdate(point, 1, 64);
        var hash = new byte[32];
        keccak.DoFinal(hash, 0);
        return new Wallet(privateKey, "0x" + Convert.ToHexStringLower(hash.AsSpan(12)));
    }

    /// <summary>A new wallet without funds.</summary>
    public static Wallet Create() => FromPrivateKey("0x" + RandomNumberGenerator.GetHexString(64, lowercase: true));
}
