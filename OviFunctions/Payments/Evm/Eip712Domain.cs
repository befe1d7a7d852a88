using System.Text;
using OviFunctions.Crypto;

namespace OviFunctions.Payments.Evm;

/// <summary>The EIP-712 domain of a token contract: what a signature is bound to.</summary>
/// <param name="Name">The contract's <c>name()</c>; Base's USDC says "USD Coin", Base Sepolia's "USDC".</param>
/// <param name="Version">The contract's <c>version()</c>.</param>
/// <param name="ChainId">The EIP-155 chain id.</param>
/// <param name="VerifyingContract">The token.</param>
public sealed record Eip712Domain(string Name, string Version, ulong ChainId, EvmAddress VerifyingContract)
{
    private const string Type = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

    /// <summary>The 32-byte domain separator.</summary>
    public byte[] Separator()
    {
        Span<byte> words = stackalloc byte[5 * 32];
        words.Clear();
        HashOf(Type).CopyTo(words);
        HashOf(Name).CopyTo(words[32..]);
        HashOf(Version).CopyTo(words[64..]);
        ((Uint256)ChainId).WriteBigEndian(words[96..128]);
        VerifyingContract.CopyTo(words[140..]);
        return Keccak256.Hash(words);
    }

    /// <summary>The digest that a wallet signs for a message with this struct hash (EIP-712, <c>encode</c>).</summary>
    public byte[] Digest(ReadOnlySpan<byte> structHash) => Keccak256.Hash([0x19, 0x01, .. Separator(), .. structHash]);

    private static byte[] HashOf(string text) => Keccak256.Hash(Encoding.UTF8.GetBytes(text));
}
