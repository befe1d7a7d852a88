using Rfc8032 = Org.BouncyCastle.Math.EC.Rfc8032;

namespace OviFunctions.Crypto;

/// <summary>Ed25519 signatures (RFC 8032, pure, without context).</summary>
public static class Ed25519
{
    /// <summary>Length of a public key in bytes.</summary>
    public const int PublicKeySize = 32;

    /// <summary>Length of a signature in bytes.</summary>
    public const int SignatureSize = 64;

    /// <summary>Whether <paramref name="signature"/> is one of <paramref name="message"/> by the key; false for wrong lengths.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        publicKey.Length == PublicKeySize && signature.Length == SignatureSize
        && Rfc8032.Ed25519.Verify(signature.ToArray(), 0, publicKey.ToArray(), 0, message.ToArray(), 0, message.Length);
}
