using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Storage;

namespace OviFunctions.OnDelivery;

/// <summary>
/// What a wallet has paid for and got, read from the outcomes themselves: their names begin with the wallet's prefix, so
/// nothing has to be kept beside them, and nothing can disagree with them. A delivered job is never refunded.
/// </summary>
public sealed class PaymentHistory(IRecordStore records)
{
    /// <summary>A wallet with so many old orders that were not delivered is none to be trusted.</summary>
    private const int MostLookedAt = 200;

    /// <summary>Whether the wallet has so many delivered jobs whose outcome is at least that old.</summary>
    public async Task<bool> HasAsync(EvmAddress payer, int jobs, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var (found, looked) = (0, 0);
        await foreach (var (name, writtenAt) in records.ListAsync(RecordNames.Outcome(PaymentIdentity.PayerPrefix(payer)), cancellationToken))
        {
            if (writtenAt > before) continue;
            if (++looked > MostLookedAt) return false;
            // The prefix is short: the wallet in the record is what counts.
            if ((await records.ReadAsync<OutcomeRecord>(name, cancellationToken))?.Value is { Outcome: JobOutcome.Delivered, Transaction: not null } outcome
                && outcome.Payer == payer.ToString() && ++found >= jobs) return true;
        }

        return false;
    }
}
