using Microsoft.Extensions.Logging;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Sales;

namespace OviFunctions.Payments.Refunds;

/// <summary>
/// Takes no order that could not be refunded: what may have to go back stays below what the refund wallet holds and below what
/// is left of the day's cap (payments.md section 6).
/// </summary>
public sealed partial class RefundFunds(
    Till till, RefundWallets wallets, IChainReader chain, RefundReserve reserve, OviSettings settings, TimeProvider clock,
    ILogger<RefundFunds> logger) : ISalesGate
{
    /// <summary>The balance falls only by refunds, which are counted, and by the operator's hand.</summary>
    private static readonly TimeSpan BalanceAge = TimeSpan.FromSeconds(10);

    private Seen? _seen;

    /// <inheritdoc/>
    public async ValueTask<Problem?> WhyClosedAsync(Sale sale, CancellationToken cancellationToken)
    {
        if (sale.Payer is null) return null;
        if (await LimitAsync(cancellationToken) is not { } limit) return Unreadable;
        var held = (await reserve.ReadAsync(cancellationToken)).Sum;
        if (held + sale.PriceAtomic <= limit) return null;
        Closed(logger, Usdc.FromAtomic(held), Usdc.FromAtomic(limit));
        return ClosedForSale;
    }

    /// <summary>Holds the money of an order that is about to be taken. What the gate saw may have changed since.</summary>
    /// <returns>The answer to an order that could not be refunded; null when its money is held.</returns>
    public async Task<Problem?> HoldAsync(string jobId, long priceAtomic, CancellationToken cancellationToken)
    {
        if (await LimitAsync(cancellationToken) is not { } limit) return Unreadable;
        return await reserve.TryHoldAsync(jobId, priceAtomic, limit, cancellationToken) ? null : ClosedForSale;
    }

    /// <summary>The most that may be held; null when the chain cannot be read.</summary>
    private async Task<long?> LimitAsync(CancellationToken cancellationToken)
    {
        if (wallets.Current is not { } wallet) return 0;
        if (_seen is not { } seen || clock.GetElapsedTime(seen.At) >= BalanceAge)
        {
            var at = clock.GetTimestamp();
            if (!(await chain.BalanceAsync(till.Network.Usdc, wallet.Address, cancellationToken)).TryGet(out var balance, out _)) return null;
            _seen = seen = new Seen(balance.Value > long.MaxValue ? long.MaxValue : (long)balance.Value, at);
        }

        var today = Usdc.ToAtomic(settings.Refunds.DayCapUsdc) - await reserve.SpentTodayAsync(cancellationToken);
        return Math.Min(seen.Balance, today);
    }

    private static Problem ClosedForSale { get; } = new(503, "refunds_not_covered", "No new orders are taken at the moment.",
        "Nothing was charged. Orders are taken only when they could be refunded; send the identical request again later.")
    {
        RetryAction = RetryAction.RetrySamePayment, PaymentState = PaymentState.Unused, RetryAfterSeconds = 60,
    };

    private static Problem Unreadable { get; } =
        PaymentsUnavailable.Because("The chain could not be read. Send the identical request again.", retryAfterSeconds: 10);

    [LoggerMessage(1511, LogLevel.Critical,
        "An order is turned away: {Held} USDC may have to go back already, and the refund wallet and the day's cap allow {Limit}. Put USDC into the wallet, or raise Refunds:DayCapUsdc.")]
    private static partial void Closed(ILogger logger, decimal held, decimal limit);

    private sealed record Seen(long Balance, long At);
}
