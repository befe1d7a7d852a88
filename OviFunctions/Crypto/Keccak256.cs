using Org.BouncyCastle.Crypto.Digests;

namespace OviFunctions.Crypto;

/// <summary>
/// Keccak-256 as Ethereum uses it: the original padding, not that of FIPS 202, so <c>SHA3_256</c> of .NET is
/// another function.
/// </summary>
public static class Keccak256
{
    /// <summary>Length of a hash in bytes.</summary>
    public const int Size = 32;

    /// <summary>Hashes <paramref name="data"/> to 32 bytes.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> data)
    {
        var keccak = new KeccakDigest(256);
        keccak.BlockUpdate(data.ToArray(), 0, data.Length);
        var hash = new byte[Size];
        keccak.DoFinal(hash, 0);
        return hash;
    }
}
