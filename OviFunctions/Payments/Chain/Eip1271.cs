using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Chain;

/// <summary>Signatures of accounts that are contracts (EIP-1271): <c>isValidSignature(bytes32,bytes)</c>.</summary>
internal static class Eip1271
{
    private const string Selector = "0x1626ba7e";

    /// <summary>What a stranger's contract may use of our node: several times what checking a passkey in Solidity takes.</summary>
    public const int GasLimit = 3_000_000;

    /// <summary>What the contract returns for a signature that it takes: the selector, as <c>bytes4</c>.</summary>
    private static readonly string Accepted = Selector + new string('0', 56);

    /// <summary>The call data.</summary>
    public static string Call(Bytes32 digest, ReadOnlySpan<byte> signature)
    {
        var padding = new string('0', 2 * ((Bytes32.Size - (signature.Length % Bytes32.Size)) % Bytes32.Size));
        return $"{Selector}{digest.ToString()[2..]}{0x40:x64}{signature.Length:x64}{Hex.Encode(signature)[2..]}{padding}";
    }

    /// <summary>Whether the returned data says that the signature is taken. An account without code returns <c>0x</c>.</summary>
    public static bool IsAccepted(string? returned) => Accepted.Equals(returned, StringComparison.OrdinalIgnoreCase);
}
