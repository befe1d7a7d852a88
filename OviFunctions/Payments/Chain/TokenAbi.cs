using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Chain;

/// <summary>The functions and events of USDC that we use (ERC-20, EIP-3009).</summary>
internal static class TokenAbi
{
    /// <summary><c>Transfer(address indexed from, address indexed to, uint256 value)</c></summary>
    public static readonly Bytes32 Transfer = Bytes32.Parse("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");

    /// <summary><c>AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce)</c></summary>
    public static readonly Bytes32 AuthorizationUsed = Bytes32.Parse("0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5");

    /// <summary><c>AuthorizationCanceled(address indexed authorizer, bytes32 indexed nonce)</c></summary>
    public static readonly Bytes32 AuthorizationCanceled = Bytes32.Parse(
        "0x1cdd46ff242716cdaa72d159d339a485b3438398348d68f09d7c8c0a59353d81");

    /// <summary>The call data of <c>authorizationState(authorizer, nonce)</c>.</summary>
    public static string AuthorizationStateCall(EvmAddress authorizer, Bytes32 nonce) =>
        $"0xe94a0102{Bytes32.FromAddress(authorizer).ToString()[2..]}{nonce.ToString()[2..]}";

    /// <summary>The call data of <c>isBlacklisted(account)</c>, which the contracts of Circle's USDC have.</summary>
    public static string IsBlacklistedCall(EvmAddress account) => $"0xfe575a87{Bytes32.FromAddress(account).ToString()[2..]}";

    /// <summary>The call data of <c>balanceOf(owner)</c>.</summary>
    public static string BalanceOfCall(EvmAddress owner) => $"0x70a08231{Bytes32.FromAddress(owner).ToString()[2..]}";
}
