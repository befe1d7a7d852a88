using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Storage;

namespace OviFunctions.Sales;

/// <summary>
/// A wallet that gets its money back again and again costs us settlements and providers' time: after so many refunds of a
/// day it is not sold to until the next (UTC). Counted for all machines, in the wallet's record.
/// </summary>
public sealed class RefundBrake(OviSettings settings, IRecordStore records, TimeProvider clock) : ISalesGate
{
    private int Most => settings.Limits.RefundsPerPayerAndDay;

    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    /// <summary>Counts a refund that becomes due; a job counts once, however often it is named.</summary>
    public Task CountAsync(EvmAddress payer, string jobId, CancellationToken cancellationToken)
    {
        var today = Today;
        var record = new SharedRecord<PayerRecord>(records, clock, RecordNames.Payer(payer), PayerRecord.Empty);
        return record.UpdateAsync(Count, cancellationToken);

        PayerRecord? Count(PayerRecord now)
        {
            var refunded = now.RefundDay == today ? now.Refunded : [];
            // More than the most makes no difference, and the record stays small.
            return refunded.Count >= Most || refunded.Contains(jobId) ? null : now with { RefundDay = today, Refunded = [.. refunded, jobId] };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Problem?> WhyClosedAsync(Sale sale, CancellationToken cancellationToken)
    {
        if (sale.Payer is not { } payer) return null;
        var record = (await records.ReadAsync<PayerRecord>(RecordNames.Payer(payer), cancellationToken))?.Value;
        if (record is null || record.RefundDay != Today || record.Refunded.Count < Most) return null;
        return new Problem(429, "too_many_refunds", "This wallet got too many refunds today.",
            $"After {Most} refunds of a day (UTC) nothing is sold to a wallet until the next day. Nothing was charged.")
        {
            RetryAction = RetryAction.WaitAndRetry,
            PaymentState = PaymentState.Unused,
            RetryAfterSeconds = clock.SecondsToMidnight(),
        };
    }
}
