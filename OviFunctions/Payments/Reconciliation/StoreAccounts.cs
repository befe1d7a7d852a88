using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Reconciliation;

/// <summary>The store's addresses on the chain, known also when payments are switched off.</summary>
public sealed class StoreAccounts(EvmNetwork network, EvmAddress payTo, IReadOnlyList<EvmAddress> refundWallets)
{
    public EvmNetwork Network => network;

    public EvmAddress PayTo => payTo;

    public IReadOnlyList<EvmAddress> RefundWallets => refundWallets;
}
