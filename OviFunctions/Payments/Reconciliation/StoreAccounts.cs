using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Reconciliation;

/// <summary>The wallets from which refunds are paid.</summary>
public interface IRefundWallets
{
    IReadOnlyList<EvmAddress> Addresses { get; }
}

/// <summary>Without wallets, nothing is refunded by this store itself.</summary>
internal sealed class NoRefundWallets : IRefundWallets
{
    public IReadOnlyList<EvmAddress> Addresses => [];
}

/// <summary>The store's addresses on the chain, known also when payments are switched off.</summary>
public sealed class StoreAccounts(EvmNetwork network, EvmAddress payTo, IRefundWallets wallets)
{
    public EvmNetwork Network => network;

    public EvmAddress PayTo => payTo;

    public IReadOnlyList<EvmAddress> RefundWallets => wallets.Addresses;
}
