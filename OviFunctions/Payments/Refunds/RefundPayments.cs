using Microsoft.DurableTask.Client;
using OviFunctions.Hosting;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Reconciliation;
using OviFunctions.Storage;

namespace OviFunctions.Payments.Refunds;

/// <summary>A refund that the operator paid by a transaction of his own; its orchestration has nothing more to do.</summary>
public sealed record RefundPayment(
    string JobId, string Transaction, ulong Block, ulong LogIndex, string From, string To, long AmountAtomic, DateTimeOffset At);

/// <summary>The job whose refund a transfer was.</summary>
public sealed record RefundTransfer(string JobId);

/// <summary>A refund payment that was recorded, or why not.</summary>
public sealed record RefundPaymentResult(RefundPayment? Payment, Problem? Problem);

/// <summary>
/// Takes the operator's word that he paid a refund, once a safe block shows it: a transfer of the asset to the payer, of at
/// least what is due, that was no other refund. Each step can be repeated and ends the same.
/// </summary>
public sealed class RefundPayments(IRecordStore records, IChainReader chain, TransferLog transfers, LedgerReader ledger, ILedger writer, TimeProvider clock)
{
    public async Task<RefundPaymentResult> RecordAsync(
        DurableTaskClient client, string jobId, Bytes32 transaction, CancellationToken cancellationToken)
    {
        var entries = await ledger.OfJobAsync(jobId, cancellationToken);
        if (entries.FirstOrDefault(entry => entry.Type == LedgerEntryType.Settled) is not { Block: { } since, From: { } payer } settled)
            return Refused(404, "payment_not_found", "The ledger has no payment for this job.", RetryAction.Abandon);
        var known = (await records.ReadAsync<RefundPayment>(RecordNames.RefundPayment(jobId), cancellationToken))?.Value;
        var refunded = entries.FirstOrDefault(entry => entry.Type == LedgerEntryType.Refunded);
        if (known is null && refunded is not null || known is not null && known.Transaction != transaction.ToString())
            return PaidBy(known?.Transaction ?? refunded!.Transaction);

        if (known is null)
        {
            if (!(await chain.BlockAsync(BlockTag.Safe, cancellationToken)).TryGet(out var safe, out _)) return ChainUnreadable;
            var received = await transfers.ReceivedAsync(EvmAddress.Parse(payer), since, safe.Number, cancellationToken);
            if (!received.TryGet(out var all, out _)) return ChainUnreadable;
            var due = await AmountDueAsync(client, jobId, settled, cancellationToken);
            ChainTransfer? found = null;
            foreach (var transfer in all.Where(t => t.Transaction == transaction && t.AmountAtomic >= due))
            {
                if (!await TakeAsync(jobId, transfer, settled.At, cancellationToken)) continue;
                found = transfer;
                break;
            }

            if (found is null)
            {
                return Refused(409, "not_a_refund", FormattableString.Invariant(
                    $"No safe block shows a transfer of at least {due} atomic units to {payer} in this transaction that was no other refund. A new one is safe after some minutes."),
                    RetryAction.WaitAndRetry);
            }

            if (!(await chain.BlockAsync(found.Block, cancellationToken)).TryGet(out var block, out _)) return ChainUnreadable;
            known = new RefundPayment(
                jobId, transaction.ToString(), found.Block, found.LogIndex, found.From.ToChecksumString(), found.To.ToChecksumString(), found.AmountAtomic,
                DateTimeOffset.FromUnixTimeSeconds((long)block.Timestamp));
            if (!await records.TryCreateAsync(RecordNames.RefundPayment(jobId), known, cancellationToken))
            {
                // Another call was faster, perhaps with another transaction: a job has one refund.
                known = (await records.ReadAsync<RefundPayment>(RecordNames.RefundPayment(jobId), cancellationToken))!.Value;
                if (known.Transaction != transaction.ToString()) return PaidBy(known.Transaction);
            }
        }

        await writer.RecordAsync(new LedgerEntry
        {
            Type = LedgerEntryType.Refunded,
            JobId = jobId,
            At = known.At,
            AmountAtomic = known.AmountAtomic,
            Network = settled.Network,
            Asset = settled.Asset,
            Transaction = known.Transaction,
            LogIndex = known.LogIndex,
            Block = known.Block,
            From = known.From,
            To = known.To,
            Counterparty = "operator",
        }, cancellationToken);
        await client.TryRaiseEventAsync(JobIds.Refund(jobId), JobEvents.RetryRefund, "paid", cancellationToken);
        return new RefundPaymentResult(known, null);
    }

    /// <summary>Takes the transfer for this job's refund, unless it was another's: by us, or by the operator's word.</summary>
    private async Task<bool> TakeAsync(string jobId, ChainTransfer transfer, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var (from, to) = (DateOnly.FromDateTime(since.UtcDateTime), DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime));
        await foreach (var line in ledger.RefundsByAsync(transfer.Transaction.ToString(), from, to, cancellationToken))
        {
            if (line.JobId != jobId && (await ledger.ReadAsync(line.Name, cancellationToken)).LogIndex == transfer.LogIndex) return false;
        }

        var name = RecordNames.RefundTransfer(transfer.Name);
        return await records.TryCreateAsync(name, new RefundTransfer(jobId), cancellationToken)
            || (await records.ReadAsync<RefundTransfer>(name, cancellationToken))?.Value.JobId == jobId;
    }

    /// <summary>What the refund is about to pay; without one, all that came.</summary>
    private static async Task<long> AmountDueAsync(DurableTaskClient client, string jobId, LedgerEntry settled, CancellationToken cancellationToken) =>
        (await client.GetInstanceAsync(JobIds.Refund(jobId), getInputsAndOutputs: true, cancellationToken))?.ReadInputAs<RefundInput>()?.AmountAtomic
        ?? settled.AmountAtomic;

    private static RefundPaymentResult PaidBy(string? transaction) =>
        Refused(409, "already_refunded", $"The refund was paid by {transaction}.", RetryAction.Abandon);

    private static RefundPaymentResult ChainUnreadable =>
        Refused(503, "chain_unavailable", "The chain could not be read; send the request again.", RetryAction.WaitAndRetry);

    private static RefundPaymentResult Refused(int status, string code, string detail, RetryAction action) =>
        new(null, new Problem(status, code, "The refund is not recorded as paid.", detail) { RetryAction = action });
}
