using Org.BouncyCastle.Math.EC.Rfc8032;

namespace OviFunctions.Tests.Support;

/// <summary>Signs in tests; the product only verifies.</summary>
public static class BouncyEd25519
{
    public static byte[] Sign(byte[] secret, byte[] message)
    {
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(secret, 0, message, 0, message.Length, signature, 0);
        return signature;
    }

    public static byte[] PublicKeyOf(byte[] secret)
    {
        var key = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(secret, 0, key, 0);
        return key;
    }
}
