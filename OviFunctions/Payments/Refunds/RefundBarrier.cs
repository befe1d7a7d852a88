using OviFunctions.Payments.Chain;
using OviFunctions.Sales;

namespace OviFunctions.Payments.Refunds;

/// <summary>Whether a refund may be paid to its payer.</summary>
/// <param name="Certain">Whether that is known; without a node it is not.</param>
/// <param name="Reason">Why it may not; null when it may.</param>
public readonly record struct RefundClearance(bool Certain, string? Reason);

/// <summary>What stands between a payer and his refund: our deny list, and the token's blacklist.</summary>
public sealed class RefundBarrier(DenyList denied, IChainReader chain)
{
    public async Task<RefundClearance> LookAsync(RefundInput refund, CancellationToken cancellationToken)
    {
        var payer = refund.Incoming.From;
        if (await denied.FindAsync(payer, cancellationToken) is { } entry) return new(true, $"the operator has blocked the payer: {entry.Reason}");
        if (!(await chain.IsBlacklistedAsync(refund.Network.Usdc, payer, cancellationToken)).TryGet(out var isBlacklisted, out _)) return new(false, null);
        return new(true, isBlacklisted ? "the payer is on the token's blacklist" : null);
    }
}
