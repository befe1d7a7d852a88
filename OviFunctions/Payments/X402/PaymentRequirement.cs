using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.X402;

/// <summary>What we demand for one request: an exact amount of the network's USDC (scheme <c>exact</c>, EIP-3009).</summary>
/// <param name="Network">The network.</param>
/// <param name="PayTo">The payee.</param>
/// <param name="Amount">Atomic units, exactly.</param>
/// <param name="MaxTimeoutSeconds">How long the buyer's authorization may live, for example 600.</param>
public sealed record PaymentRequirement(EvmNetwork Network, EvmAddress PayTo, Uint256 Amount, int MaxTimeoutSeconds)
{
    /// <summary>The only scheme that is offered.</summary>
    public const string Scheme = "exact";
}
