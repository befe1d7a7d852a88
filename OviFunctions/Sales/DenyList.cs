using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Storage;

namespace OviFunctions.Sales;

/// <summary>A wallet from which nothing is taken and to which nothing is sent.</summary>
public sealed record DeniedPayer(string Payer, string Reason, DateTimeOffset At);

/// <summary>The wallets that the operator has blocked; looked at before a payment is settled and before a refund is signed.</summary>
public sealed class DenyList(IRecordStore records) : ISalesGate
{
    /// <summary>Why the wallet is blocked; null when it is not.</summary>
    public async Task<DeniedPayer?> FindAsync(EvmAddress payer, CancellationToken cancellationToken) =>
        (await records.ReadAsync<DeniedPayer>(RecordNames.Denied(payer), cancellationToken))?.Value;

    /// <returns>Whether it was not blocked before.</returns>
    public Task<bool> BlockAsync(DeniedPayer denied, CancellationToken cancellationToken) =>
        records.TryCreateAsync(RecordNames.Denied(EvmAddress.Parse(denied.Payer)), denied, cancellationToken);

    public Task UnblockAsync(EvmAddress payer, CancellationToken cancellationToken) =>
        records.DeleteAsync(RecordNames.Denied(payer), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Problem?> WhyClosedAsync(Sale sale, CancellationToken cancellationToken) =>
        sale.Payer is { } payer && await FindAsync(payer, cancellationToken) is not null ? Blocked : null;

    /// <summary>The operator's reason stays with the operator.</summary>
    private static Problem Blocked { get; } = new(403, "payer_blocked", "Nothing is sold to this wallet.",
        "The seller takes no payments of this wallet. Nothing was charged.") { RetryAction = RetryAction.Abandon, PaymentState = PaymentState.Unused };
}
