using System.Text.Json.Serialization;
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
    string JobId, string Transaction, ulong Block, ulong LogIndex, string From, string To, long AmountAtomic, DateTimeOffset At)
{
    /// <summary>In answers only: a signature that can still pay the same refund once more; null when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OpenAuthorization? OpenAuthorization { get; init; }
}

/// <summary>A refund that was signed and is out of our hands: whoever has it can redeem it while its nonce is free.</summary>
/// <param name="ValidBefore">Unix seconds of the chain; from then on it pays nothing.</param>
public sealed record OpenAuthorization(string From, string To, string Value, string Nonce, long ValidBefore, string Warning);

/// <summary>The job whose refund a transfer was.</summary>
public sealed record RefundTransfer(string JobId);

/// <summary>A refund payment that was recorded, or why not.</summary>
public sealed record RefundPaymentResult(RefundPayment? Payment, Problem? Problem);

/// <summary>
/// Takes the operator's word that he paid a refund, once a safe block shows it: a transfer of the asset to the payer, of at
/// least what is due, that was no other refund. From then on we submit no signature of this refund and show no voucher; what is
/// out already stays good until it is over, so it is told. Each step can be repeated and ends the same.
/// </summary>
public sealed class RefundPayments(
    IRecordStore records, IChainReader chain, TransferLog transfers, LedgerReader ledger, ILedger writer, RefundBook book, TimeProvider clock)
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
            return AlreadyRefunded(known?.Transaction ?? refunded!.Transaction);

        if (known is null)
        {
            if (!(await chain.BlockAsync(BlockTag.Safe, cancellationToken)).TryGet(out var safe, out _)) return ChainUnreadable;
            var received = await transfers.ReceivedAsync(EvmAddress.Parse(payer), since, safe.Number, cancellationToken);
            if (!received.TryGet(out var all, out _)) return ChainUnreadable;
            var due = await AmountDueAsync(client, jobId, settled, cancellationToken);
            ChainTransfer? found = null;
            foreach (var transfer in all.Where(t => t.Transaction == transaction && t.AmountAtomic >= due))
            {
                if (!(await transfers.IsAnotherRefundAsync(transfer, jobId, cancellationToken)).TryGet(out var isAnother, out _)) return ChainUnreadable;
                if (isAnother || !await TakeAsync(jobId, transfer, settled.At, cancellationToken)) continue;
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
                block.Time);
            if (!await records.TryCreateAsync(RecordNames.RefundPayment(jobId), known, cancellationToken))
            {
                known = (await records.ReadAsync<RefundPayment>(RecordNames.RefundPayment(jobId), cancellationToken))!.Value;
                if (known.Transaction != transaction.ToString()) return AlreadyRefunded(known.Transaction);
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
        var signed = await book.ReadAsync(jobId, cancellationToken);
        if (signed is not null)
            await book.CloseAsync(signed.Refund, new RefundProof(RefundProofState.Paid, known.Transaction, known.Block, known.LogIndex) { ByHand = true }, cancellationToken);
        // The buyer is told by the refund's orchestration; one that broke begins anew for it.
        if (await client.TryRaiseEventAsync(JobIds.Refund(jobId), JobEvents.RetryRefund, "paid", cancellationToken) == EventDelivery.Finished
            && await InputAsync(client, jobId, cancellationToken) is { } refund)
            await RefundStarter.StartAsync(client, refund, cancellationToken);
        return new RefundPaymentResult(known with { OpenAuthorization = await FindOpenAsync(signed, cancellationToken) }, null);
    }

    /// <summary>The signature that can still be redeemed. What the chain does not deny counts as open.</summary>
    private async Task<OpenAuthorization?> FindOpenAsync(RefundRecord? record, CancellationToken cancellationToken)
    {
        if (record is not { Authorization.Transfer: var signed, Refund.Network: var network }) return null;
        if ((await chain.BlockAsync(BlockTag.Safe, cancellationToken)).TryGet(out var safe, out _))
        {
            if (safe.Timestamp >= signed.ValidBefore) return null;
            var used = await chain.AuthorizationUsedAsync(network.Usdc, signed.From, signed.Nonce, safe.Hash, cancellationToken);
            if (used.TryGet(out var isUsed, out _) && isUsed) return null;
        }

        return new OpenAuthorization(
            signed.From.ToChecksumString(), signed.To.ToChecksumString(), signed.Value.ToString(), signed.Nonce.ToString(), (long)signed.ValidBefore.Value,
            "This refund was signed before it was paid by hand. Whoever has the signature can redeem it until valid_before, and the payer has his money twice; cancelAuthorization of the wallet ends it.");
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
        (await InputAsync(client, jobId, cancellationToken))?.AmountAtomic ?? settled.AmountAtomic;

    private static async Task<RefundInput?> InputAsync(DurableTaskClient client, string jobId, CancellationToken cancellationToken) =>
        (await client.GetInstanceAsync(JobIds.Refund(jobId), getInputsAndOutputs: true, cancellationToken))?.ReadInputAs<RefundInput>();

    private static RefundPaymentResult AlreadyRefunded(string? transaction) =>
        Refused(409, "already_refunded", $"The refund was paid by {transaction}.", RetryAction.Abandon);

    private static RefundPaymentResult ChainUnreadable =>
        Refused(503, "chain_unavailable", "The chain could not be read; send the request again.", RetryAction.WaitAndRetry);

    private static RefundPaymentResult Refused(int status, string code, string detail, RetryAction action) =>
        new(null, new Problem(status, code, "The refund is not recorded as paid.", detail) { RetryAction = action });
}
