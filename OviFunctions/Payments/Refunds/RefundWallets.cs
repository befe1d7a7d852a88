using OviFunctions.Configuration;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Refunds;

/// <summary>The wallets that pay refunds, the current one first.</summary>
public sealed class RefundWallets(RefundSettings settings)
{
    public IReadOnlyList<EvmSigner> All { get; } =
        [.. settings.Wallets.Select(wallet => EvmSigner.TryParse(wallet.PrivateKey, out var signer) ? signer : throw new ArgumentException("A wallet has no private key."))];

    /// <summary>The wallet that new refunds are paid from; null when there is none.</summary>
    public EvmSigner? Current => All.Count > 0 ? All[0] : null;
}
