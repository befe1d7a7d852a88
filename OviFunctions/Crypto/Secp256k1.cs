using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC;

namespace OviFunctions.Crypto;

/// <summary>
/// ECDSA on secp256k1 as Ethereum uses it: 65-byte signatures r | s | v with v 27 or 28 (0 or 1 is read too), and
/// addresses instead of public keys (SEC 1 section 4.1.6; Ethereum yellow paper, appendix F).
/// </summary>
public static class Secp256k1
{
    /// <summary>Length of a digest that is signed.</summary>
    public const int DigestSize = 32;

    /// <summary>Length of a signature, r | s | v.</summary>
    public const int SignatureSize = 65;

    /// <summary>Length of an address.</summary>
    public const int AddressSize = 20;

    private static readonly ECDomainParameters Curve = LoadCurve();
    private static readonly BigInteger HalfOrder = Curve.N.ShiftRight(1);

    /// <summary>Finds the address whose key made the signature; false when no key can have made it.</summary>
    /// <param name="digest">32 bytes.</param>
    /// <param name="signature">65 bytes; other lengths give false.</param>
    /// <param name="address">Receives 20 bytes.</param>
    public static bool TryRecoverAddress(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, Span<byte> address)
    {
        if (digest.Length != DigestSize || signature.Length != SignatureSize) return false;
        var parity = signature[64] is 27 or 28 ? signature[64] - 27 : signature[64];
        if (parity > 1) return false;
        var (r, s) = (Scalar(signature[..32]), Scalar(signature[32..64]));
        if (!InRange(r) || !InRange(s) || !TryDecompress(signature[..32], parity == 1, out var point)) return false;

        var inverse = r.ModInverse(Curve.N);
        var u1 = Scalar(digest).Negate().Multiply(inverse).Mod(Curve.N);
        var u2 = s.Multiply(inverse).Mod(Curve.N);
        var key = ECAlgorithms.SumOfTwoMultiplies(Curve.G, u1, point, u2).Normalize();
        if (key.IsInfinity) return false;
        WriteAddress(key, address);
        return true;
    }

    /// <summary>
    /// Whether s lies in the lower half of the group order (EIP-2). The other half is the same signature in a second
    /// spelling, and USDC refuses it.
    /// </summary>
    public static bool IsLowS(ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureSize && Scalar(signature[32..64]).CompareTo(HalfOrder) <= 0;

    /// <summary>Whether these 32 bytes are a private key: more than zero, less than the group order.</summary>
    public static bool IsPrivateKey(ReadOnlySpan<byte> privateKey) => privateKey.Length == 32 && InRange(Scalar(privateKey));

    /// <summary>Writes the 20-byte address of a private key.</summary>
    public static void WriteAddress(ReadOnlySpan<byte> privateKey, Span<byte> address) =>
        WriteAddress(Curve.G.Multiply(PrivateScalar(privateKey)).Normalize(), address);

    /// <summary>Signs a 32-byte digest with a nonce by RFC 6979 (HMAC-SHA-256); s is low, v is 27 or 28.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> privateKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(digest.Length, DigestSize);
        var signer = new ECDsaSigner(new HMacDsaKCalculator(new Sha256Digest()));
        signer.Init(true, new ECPrivateKeyParameters(PrivateScalar(privateKey), Curve));
        var pair = signer.GenerateSignature(digest.ToArray());
        var s = pair[1].CompareTo(HalfOrder) > 0 ? Curve.N.Subtract(pair[1]) : pair[1];

        var signature = new byte[SignatureSize];
        WriteScalar(pair[0], signature.AsSpan(0, 32));
        WriteScalar(s, signature.AsSpan(32, 32));
        Span<byte> own = stackalloc byte[AddressSize], recovered = stackalloc byte[AddressSize];
        WriteAddress(privateKey, own);
        foreach (byte v in (ReadOnlySpan<byte>)[27, 28])
        {
            signature[64] = v;
            if (TryRecoverAddress(digest, signature, recovered) && recovered.SequenceEqual(own)) return signature;
        }
        // r at or above the group order: one digest in 2^127, and no v that contracts accept could name it.
        throw new InvalidOperationException("This digest cannot be signed with a recoverable v of 27 or 28; sign another nonce.");
    }

    private static ECDomainParameters LoadCurve()
    {
        var parameters = CustomNamedCurves.GetByName("secp256k1");
        return new ECDomainParameters(parameters.Curve, parameters.G, parameters.N, parameters.H);
    }

    private static BigInteger Scalar(ReadOnlySpan<byte> bytes) => new(1, bytes.ToArray());

    private static bool InRange(BigInteger scalar) => scalar.SignValue > 0 && scalar.CompareTo(Curve.N) < 0;

    private static BigInteger PrivateScalar(ReadOnlySpan<byte> privateKey) => IsPrivateKey(privateKey)
        ? Scalar(privateKey)
        : throw new ArgumentException("A private key has 32 bytes, above zero and below the order of secp256k1.", nameof(privateKey));

    private static void WriteScalar(BigInteger scalar, Span<byte> destination)
    {
        var bytes = scalar.ToByteArrayUnsigned();
        destination.Clear();
        bytes.CopyTo(destination[(destination.Length - bytes.Length)..]);
    }

    private static bool TryDecompress(ReadOnlySpan<byte> x, bool odd, out ECPoint point)
    {
        try
        {
            point = Curve.Curve.DecodePoint([(byte)(odd ? 3 : 2), .. x]);
            return true;
        }
        catch (ArgumentException)
        {
            // BouncyCastle's way to say that no point of the curve has this x.
            point = Curve.Curve.Infinity;
            return false;
        }
    }

    private static void WriteAddress(ECPoint key, Span<byte> address) =>
        Keccak256.Hash(key.GetEncoded(false).AsSpan(1))[^AddressSize..].CopyTo(address);
}
