using Microsoft.DurableTask.Client;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Sales;
using OviFunctions.Storage;

namespace OviFunctions.Admission;

/// <summary>
/// A wallet's payments that were admitted and are not settled yet: one balance must not back many of them. They are slots in
/// the wallet's record, which all machines share; a slot is taken before the claim, and given up when somebody looks and its
/// payment is settled, ended or expired.
/// </summary>
public sealed class UnsettledPayments(IRecordStore records, JobReader reader, TimeProvider clock)
{
    public const int MostPerPayer = 2;

    /// <summary>An authorization is dead for the chain by the chain's time, which may be behind ours.</summary>
    private const int ChainDelaySeconds = 60;

    /// <summary>Takes a slot for a payment; the payment that has one keeps it.</summary>
    /// <returns>Whether this call took it, and why there is none; nothing was written then.</returns>
    public Task<(bool Taken, AdmissionResult.Refused? Refusal)> ReserveAsync(
        PaymentVerification verification, TransferAuthorization transfer, string jobId, DurableTaskClient client, CancellationToken cancellationToken)
    {
        return SharedDecision.MakeAsync<PayerRecord>(records, RecordNames.Payer(transfer.From), PayerRecord.Empty, DecideAsync, cancellationToken);

        async Task<Decision<PayerRecord>> DecideAsync(PayerRecord payer)
        {
            if (payer.Unsettled.Any(slot => slot.JobId == jobId)) return default;
            var unsettled = new List<PayerSlot>();
            foreach (var slot in payer.Unsettled)
            {
                if (!await IsOverAsync(slot, client, cancellationToken)) unsettled.Add(slot);
            }

            if (unsettled.Count >= MostPerPayer) return new AdmissionResult.Refused(TooMany);
            if (await verification.CheckBalanceAsync(transfer, unsettled.Select(slot => slot.Transfer), cancellationToken) is { } refusal) return refusal;
            return payer with { Unsettled = [.. unsettled, new PayerSlot(jobId, transfer)] };
        }
    }

    /// <summary>Gives up the slot of a payment that will not be settled, because its order is another job's.</summary>
    public Task FreeAsync(EvmAddress payer, string jobId, CancellationToken cancellationToken) =>
        new SharedRecord<PayerRecord>(records, clock, RecordNames.Payer(payer), PayerRecord.Empty).UpdateAsync(
            now => now.Unsettled.Any(slot => slot.JobId == jobId)
                ? now with { Unsettled = [.. now.Unsettled.Where(slot => slot.JobId != jobId)] }
                : null,
            cancellationToken);

    private async Task<bool> IsOverAsync(PayerSlot slot, DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (slot.Transfer.ValidBefore.Value + ChainDelaySeconds < clock.GetUtcNow().ToUnixTimeSeconds()) return true;
        // Without a job, its admission is still on its way, or broke off: then a repeat of it finds its slot.
        return await reader.ReadAsync(client, slot.JobId, cancellationToken) is { Status: var job } && (job.Money == MoneyState.Settled || job.IsFinal);
    }

    private static Problem TooMany { get; } = new(
        429, "too_many_unsettled_payments", "Earlier payments of this wallet are not settled yet.",
        $"At most {MostPerPayer} payments of a wallet may be unsettled. Wait until they are.")
    {
        RetryAction = RetryAction.WaitAndRetry, PaymentState = PaymentState.Unused, RetryAfterSeconds = 5,
    };
}
