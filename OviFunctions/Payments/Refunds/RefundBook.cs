using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Ledger;
using OviFunctions.Storage;

namespace OviFunctions.Payments.Refunds;

/// <summary>Where refunds are recorded: the record of the job, then the ledger. Each step can be repeated and ends the same.</summary>
public sealed partial class RefundBook(IRecordStore records, ILedger ledger, RefundReserve reserve, TimeProvider clock, ILogger<RefundBook> logger)
{
    public async Task<RefundRecord?> ReadAsync(string jobId, CancellationToken cancellationToken) =>
        (await FindAsync(jobId, cancellationToken))?.Value;

    public Task<StoredRecord<RefundRecord>?> FindAsync(string jobId, CancellationToken cancellationToken) =>
        records.ReadAsync<RefundRecord>(RecordNames.Refund(jobId), cancellationToken);

    /// <summary>Records a signed authorization in the place of the record that was read; nothing may be done with it before.</summary>
    /// <returns>Whether it was recorded; otherwise another run was faster, and its authorization is the one.</returns>
    public async Task<bool> SignAsync(
        RefundInput refund, StoredRecord<RefundRecord>? earlier, SignedAuthorization authorization, ulong afterBlock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var signed = new RefundRecord
        {
            Refund = refund,
            State = RefundState.Pending,
            At = now,
            Generation = (earlier?.Value.Generation ?? 0) + 1,
            Authorization = authorization,
            SignedAt = now,
            AfterBlock = afterBlock,
        };
        if (!await WriteAsync(signed, earlier?.Version, cancellationToken)) return false;
        await EnterSignedAsync(signed, cancellationToken);
        return true;
    }

    /// <summary>Enters a signed authorization in the ledger, and holds its money: also that of a refund which no order held, or which was blocked.</summary>
    public async Task EnterSignedAsync(RefundRecord record, CancellationToken cancellationToken)
    {
        var entry = EntryOf(record, LedgerEntryType.RefundSigned, record.SignedAt!.Value) with { Detail = $"generation-{record.Generation}" };
        await ledger.RecordAsync(entry, cancellationToken);
        if (record.State == RefundState.Pending) await reserve.HoldAsync(record.Refund.JobId, record.Refund.AmountAtomic, cancellationToken);
    }

    /// <summary>Records that the refund cannot be paid now; with a reason once and for all until it changes.</summary>
    public async Task BlockAsync(RefundInput refund, string reason, CancellationToken cancellationToken)
    {
        var stored = await FindAsync(refund.JobId, cancellationToken);
        if (stored?.Value.State is RefundState.Refunded or RefundState.NothingCame) return;
        var blocked = stored?.Value is { State: RefundState.Blocked } same && same.BlockedBecause == reason ? same
            : (stored?.Value ?? new RefundRecord { Refund = refund, State = RefundState.Blocked, At = clock.GetUtcNow() }) with
            {
                State = RefundState.Blocked, At = clock.GetUtcNow(), BlockedBecause = reason,
            };
        if (blocked != stored?.Value && !await WriteAsync(blocked, stored?.Version, cancellationToken)) return;
        await ledger.RecordAsync(EntryOf(blocked, LedgerEntryType.RefundBlocked, blocked.At), cancellationToken);
        // Owed, but not about to be paid: it must not keep others from buying.
        await reserve.ReleaseAsync(refund.JobId, cancellationToken);
        Blocked(logger, refund.JobId, reason);
    }

    /// <summary>Records that a blocked refund may be paid again.</summary>
    public async Task UnblockAsync(string jobId, CancellationToken cancellationToken)
    {
        if (await FindAsync(jobId, cancellationToken) is not { Value.State: RefundState.Blocked } stored) return;
        var open = stored.Value with { State = RefundState.Pending, At = clock.GetUtcNow(), BlockedBecause = null };
        await WriteAsync(open, stored.Version, cancellationToken);
    }

    /// <summary>Records that the chain shows the refund: the job's money is decided.</summary>
    public async Task CloseAsync(RefundInput refund, RefundProof proof, CancellationToken cancellationToken)
    {
        var stored = await FindAsync(refund.JobId, cancellationToken);
        var refunded = stored?.Value;
        if (refunded?.State != RefundState.Refunded)
        {
            // A blocked refund that the operator paid by hand may never have been signed.
            refunded = (refunded ?? new RefundRecord { Refund = refund, State = RefundState.Refunded, At = clock.GetUtcNow() }) with
            {
                State = RefundState.Refunded, At = clock.GetUtcNow(), BlockedBecause = null, Transaction = proof.Transaction,
            };
            if (!await WriteAsync(refunded, stored?.Version, cancellationToken)) throw new IOException($"The refund of {refund.JobId} was recorded by another run.");
        }

        var entry = EntryOf(refunded, LedgerEntryType.Refunded, proof.At ?? refunded.At);
        if (!proof.ByHand)
            await ledger.RecordAsync(entry with { Transaction = proof.Transaction, Block = proof.Block, LogIndex = proof.LogIndex }, cancellationToken);
        await DecidedAsync(refund.JobId, cancellationToken);
        Refunded(logger, refund.JobId, proof.Transaction);
    }

    /// <summary>The transaction by which the operator paid the refund himself; null when he did not.</summary>
    public async Task<PaymentByHand?> FindPaymentByHandAsync(string jobId, CancellationToken cancellationToken) =>
        (await records.ReadAsync<PaymentByHand>(RecordNames.RefundPayment(jobId), cancellationToken))?.Value;

    /// <summary>Records that there is nothing to give back.</summary>
    public async Task NothingCameAsync(RefundInput refund, CancellationToken cancellationToken)
    {
        await WriteAsync(new RefundRecord { Refund = refund, State = RefundState.NothingCame, At = clock.GetUtcNow() }, version: null, cancellationToken);
        await DecidedAsync(refund.JobId, cancellationToken);
    }

    /// <summary>Nothing has to be watched or held for it any more.</summary>
    private async Task DecidedAsync(string jobId, CancellationToken cancellationToken)
    {
        await reserve.ReleaseAsync(jobId, cancellationToken);
        await records.DeleteAsync(RecordNames.Unsettled(jobId), cancellationToken);
    }

    private Task<bool> WriteAsync(RefundRecord record, string? version, CancellationToken cancellationToken)
    {
        var name = RecordNames.Refund(record.Refund.JobId);
        return version is null
            ? records.TryCreateAsync(name, record, cancellationToken)
            : records.TryReplaceAsync(name, record, version, cancellationToken);
    }

    private static LedgerEntry EntryOf(RefundRecord record, LedgerEntryType type, DateTimeOffset at) => new()
    {
        Type = type,
        JobId = record.Refund.JobId,
        At = at,
        AmountAtomic = record.Refund.AmountAtomic,
        Network = record.Refund.Network.CaipId,
        Asset = record.Refund.Network.Usdc.ToChecksumString(),
        From = record.Authorization?.Transfer.From.ToChecksumString(),
        To = record.Refund.Incoming.From.ToChecksumString(),
    };

    [LoggerMessage(2511, LogLevel.Error, "The refund of job {JobId} is owed and cannot be paid: {Reason}. It is tried again every few hours, or when the operator asks for it.")]
    private static partial void Blocked(ILogger logger, string jobId, string reason);

    [LoggerMessage(2512, LogLevel.Information, "Job {JobId} is refunded: transaction {Transaction}.")]
    private static partial void Refunded(ILogger logger, string jobId, string? transaction);
}
