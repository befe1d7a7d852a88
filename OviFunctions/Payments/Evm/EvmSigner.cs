using System.Diagnostics.CodeAnalysis;
using OviFunctions.Crypto;

namespace OviFunctions.Payments.Evm;

/// <summary>A wallet's private key that signs transfers: refunds, and the buyers of our tests. It never prints the key.</summary>
public sealed class EvmSigner
{
    private readonly byte[] _privateKey;

    /// <param name="privateKey">32 bytes.</param>
    /// <exception cref="ArgumentException">These bytes are no secp256k1 private key.</exception>
    public EvmSigner(ReadOnlySpan<byte> privateKey)
    {
        Span<byte> address = stackalloc byte[EvmAddress.Size];
        Secp256k1.WriteAddress(privateKey, address);
        _privateKey = privateKey.ToArray();
        Address = new EvmAddress(address);
    }

    /// <summary>The wallet's address.</summary>
    public EvmAddress Address { get; }

    /// <summary>Reads <c>0x</c> and 64 hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EvmSigner? signer)
    {
        Span<byte> key = stackalloc byte[32];
        signer = Hex.TryDecode(text, key) && Secp256k1.IsPrivateKey(key) ? new EvmSigner(key) : null;
        return signer is not null;
    }

    /// <summary>Signs a transfer; the same input gives the same signature (RFC 6979).</summary>
    /// <exception cref="ArgumentException">The authorization is another wallet's.</exception>
    public SignedAuthorization Sign(TransferAuthorization authorization, Eip712Domain token) => authorization.From == Address
        ? new SignedAuthorization(authorization, Hex.Encode(Secp256k1.Sign(authorization.Digest(token), _privateKey)))
        : throw new ArgumentException($"{authorization.From} is not the address of this key.", nameof(authorization));

    /// <summary>The address.</summary>
    public override string ToString() => Address.ToString();
}
