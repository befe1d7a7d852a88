using OviFunctions.Crypto;

namespace OviFunctions.Payments.Evm;

/// <summary>
/// The message of EIP-3009's <c>transferWithAuthorization</c>: a transfer that anybody may submit once, strictly
/// after <paramref name="ValidAfter"/> and strictly before <paramref name="ValidBefore"/> in block time.
/// </summary>
/// <param name="From">The payer.</param>
/// <param name="To">The payee.</param>
/// <param name="Value">Atomic units.</param>
/// <param name="ValidAfter">Unix seconds; 0 is usual.</param>
/// <param name="ValidBefore">Unix seconds.</param>
/// <param name="Nonce">Random, unique for the payer; not a counter.</param>
public sealed record TransferAuthorization(
    EvmAddress From, EvmAddress To, Uint256 Value, Uint256 ValidAfter, Uint256 ValidBefore, Bytes32 Nonce)
{
    /// <summary>Length of <see cref="WriteAbi"/>.</summary>
    internal const int AbiSize = 6 * 32;

    private static ReadOnlySpan<byte> Type =>
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"u8;

    /// <summary>The EIP-712 digest that the payer signs for a token.</summary>
    public byte[] Digest(Eip712Domain token) => token.Digest(StructHash());

    /// <summary>The EIP-712 struct hash.</summary>
    internal byte[] StructHash()
    {
        Span<byte> words = stackalloc byte[32 + AbiSize];
        Keccak256.Hash(Type).CopyTo(words);
        WriteAbi(words[32..]);
        return Keccak256.Hash(words);
    }

    /// <summary>Writes the six fields as ABI words, in the order of the function's parameters.</summary>
    internal void WriteAbi(Span<byte> destination)
    {
        destination[..AbiSize].Clear();
        From.CopyTo(destination[12..]);
        To.CopyTo(destination[44..]);
        Value.WriteBigEndian(destination[64..96]);
        ValidAfter.WriteBigEndian(destination[96..128]);
        ValidBefore.WriteBigEndian(destination[128..160]);
        Nonce.CopyTo(destination[160..]);
    }
}
