namespace OviFunctions.DevStack.Parts;

/// <summary>A network that the local chain can stand in for.</summary>
/// <param name="Id">The EIP-155 chain id.</param>
/// <param name="V1Name">Its name in x402 version 1; version 2 says <c>eip155:ID</c>.</param>
/// <param name="Usdc">The USDC contract.</param>
/// <param name="UsdcName">The token's EIP-712 domain name, which buyers sign.</param>
internal sealed record ChainNetwork(long Id, string V1Name, string Usdc, string UsdcName)
{
    /// <summary>
    /// The default: with the test network's id, nothing that is signed here is valid where money is real.
    /// </summary>
    public static readonly ChainNetwork BaseSepolia = new(84532, "base-sepolia", "0x036CbD53842c5426634e7929541eC2318f3dCF7e", "USDC");

    public static readonly ChainNetwork Base = new(8453, "base", "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "USD Coin");
}
