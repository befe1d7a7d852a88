namespace OviFunctions.DevStack.Parts;

/// <summary>
/// The parties on the local chain: accounts of anvil's published development mnemonic ("test test ... junk"). Each has
/// 10,000 ETH there; their keys are known to the whole world and are worth nothing anywhere else.
/// </summary>
internal static class DevAccounts
{
    /// <summary>Pays the gas of the reference facilitator.</summary>
    public static Wallet Facilitator { get; } = Wallet.FromPrivateKey("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

    /// <summary>Receives the payments (<c>payTo</c>).</summary>
    public static Wallet Merchant { get; } = Wallet.FromPrivateKey("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d");

    /// <summary>Buys; holds 10,000,000 USDC at the start.</summary>
    public static Wallet Buyer { get; } = Wallet.FromPrivateKey("0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a");

    /// <summary>Pays refunds; holds 10,000 USDC at the start.</summary>
    public static Wallet Refunds { get; } = Wallet.FromPrivateKey("0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a");

    /// <summary>Pays the gas of the legacy facilitator: two facilitators must not share a sequence of nonces.</summary>
    public static Wallet LegacyFacilitator { get; } = Wallet.FromPrivateKey("0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba");
}
