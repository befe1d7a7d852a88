using System.Security.Cryptography;

namespace OviFunctions.Payments.Evm;

/// <summary>An authorization with its signature: all that a facilitator needs to move the money.</summary>
/// <param name="Transfer">What was signed.</param>
/// <param name="Signature">
/// <c>0x</c> and lower-case digits. 65 bytes (r, s, v 27 or 28) from a plain wallet; anything else is a smart wallet's.
/// </param>
public sealed record SignedAuthorization(TransferAuthorization Transfer, string Signature)
{
    /// <summary>
    /// SHA-256 in lower-case hex over the six fields as ABI words and the signature's bytes: equal for two payments
    /// exactly when they are the same signed content, however their JSON was spelled.
    /// </summary>
    public string ContentHash()
    {
        var signature = SignatureBytes();
        var content = new byte[TransferAuthorization.AbiSize + signature.Length];
        Transfer.WriteAbi(content);
        signature.CopyTo(content.AsSpan(TransferAuthorization.AbiSize));
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }

    /// <summary>Who pays with which nonce; the signature stays out of logs.</summary>
    public override string ToString() => $"authorization of {Transfer.From} with nonce {Transfer.Nonce}";

    /// <summary>The signature's bytes.</summary>
    internal byte[] SignatureBytes() => Hex.Decode(Signature) ?? throw new FormatException("A signature is 0x and whole bytes in hex.");
}
