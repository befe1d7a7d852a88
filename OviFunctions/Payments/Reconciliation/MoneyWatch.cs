using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Activities;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Refunds;
using OviFunctions.Storage;

namespace OviFunctions.Payments.Reconciliation;

/// <summary>How far the chain has been watched.</summary>
/// <param name="Block">The last block that was; null before the first time.</param>
/// <param name="BlockTime">Its time.</param>
/// <param name="Since">When watching began: the chain's days before are not compared with the ledger.</param>
/// <param name="LookedAt">When the last look at the chain succeeded, by our clock.</param>
public sealed record WatchCursor(ulong? Block, DateTimeOffset BlockTime, DateTimeOffset Since, DateTimeOffset LookedAt);

/// <summary>
/// Follows the transfers to and from the store through the chain's safe blocks, each once. A payment that reached a facilitator
/// may arrive although its order was turned away: it is in nobody's hands but this one's, and goes back.
/// </summary>
public sealed partial class MoneyWatch(
    IRecordStore records, IChainReader chain, TransferLog transfers, StoreAccounts accounts, SettledMoney settled, LedgerReader ledger,
    OviSettings settings, TimeProvider clock, ILogger<MoneyWatch> logger)
{
    /// <summary>A run of minutes over half a day of blocks; a longer outage is caught up with in several.</summary>
    private const ulong BlocksPerRun = 20_000;

    private static readonly WatchCursor Nowhere = new(null, DateTimeOffset.MinValue, DateTimeOffset.MinValue, DateTimeOffset.MinValue);

    // Another address has a past of its own.
    private readonly SharedRecord<WatchCursor> _cursor = new(
        records, clock, RecordNames.Shared($"watch-{accounts.Network.ChainId}-{accounts.PayTo}"), Nowhere);

    private TimeSpan Grace { get; } = TimeSpan.FromSeconds(settings.Operator.NoOrderGraceSeconds);

    /// <summary>How far it is; null before the first time.</summary>
    public async Task<WatchCursor?> CursorAsync(CancellationToken cancellationToken) =>
        await _cursor.ReadAsync(cancellationToken) is { Block: not null } cursor ? cursor : null;

    /// <summary>Goes on to the chain's safe block, or as far as it may for now.</summary>
    /// <returns>Why the chain could not be read; null when it was.</returns>
    public async Task<ChainFailure?> RunAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (!(await chain.BlockAsync(BlockTag.Safe, cancellationToken)).TryGet(out var safe, out var failure)) return failure;
        var (cursor, _) = await _cursor.UpdateAsync(c => c.Block is null ? Start(safe) : null, cancellationToken);
        // A node may lag behind the one that was asked before.
        var (from, to) = (cursor.Block!.Value + 1, Math.Min(safe.Number, cursor.Block.Value + BlocksPerRun));
        if (from <= to)
        {
            if (!(await transfers.IncomingAsync(from, to, cancellationToken)).TryGet(out var incoming, out failure)) return failure;
            if (!(await transfers.OutgoingAsync(from, to, cancellationToken)).TryGet(out var outgoing, out failure)) return failure;
            foreach (var transfer in incoming.Concat(outgoing).OrderBy(t => t.Block).ThenBy(t => t.LogIndex))
            {
                if (!(await chain.BlockAsync(transfer.Block, cancellationToken)).TryGet(out var block, out failure)) return failure;
                var isYoung = safe.Timestamp - block.Timestamp < Grace.TotalSeconds;
                var (done, unread) = transfer.To == accounts.PayTo
                    ? await ReceiveAsync(client, transfer, block, isYoung, cancellationToken)
                    : (await MatchRefundAsync(transfer, block, safe, isYoung, cancellationToken), null);
                if (unread is not null) return unread;
                if (done) continue;
                to = transfer.Block - 1; // everything from here on is seen again by the next run
                break;
            }
        }

        if (to < from) return await AdvanceAsync(cursor, cursor, cancellationToken);
        if (!(await chain.BlockAsync(to, cancellationToken)).TryGet(out var last, out failure)) return failure;
        return await AdvanceAsync(cursor, cursor with { Block = to, BlockTime = last.Time }, cancellationToken);
    }

    private async Task<ChainFailure?> AdvanceAsync(WatchCursor from, WatchCursor to, CancellationToken cancellationToken)
    {
        await _cursor.UpdateAsync(c => c.Block == from.Block ? to with { LookedAt = clock.GetUtcNow() } : null, cancellationToken);
        return null;
    }

    private WatchCursor Start(BlockHead safe)
    {
        Started(logger, safe.Number, accounts.PayTo.ToChecksumString());
        return new WatchCursor(safe.Number, safe.Time, safe.Time, clock.GetUtcNow());
    }

    /// <summary>Money that came: it stands in the ledger, and what belongs to no order goes back.</summary>
    /// <returns>Whether it is dealt with; a young payment may still find its order.</returns>
    private async Task<(bool Done, ChainFailure? Failure)> ReceiveAsync(
        DurableTaskClient client, ChainTransfer transfer, BlockHead block, bool isYoung, CancellationToken cancellationToken)
    {
        if (transfer.JobId(accounts.Network) is not { } jobId)
        {
            await ListAsync(Unmatched.Of(UnmatchedKind.PlainTransfer, transfer, block.Time), transfer, cancellationToken);
            return (true, null);
        }

        var claim = (await records.ReadAsync<Claim>(RecordNames.Claim(jobId), cancellationToken))?.Value;
        var hasOrder = IsOrderOf(claim, transfer);
        if (!hasOrder && isYoung) return (false, null);

        var authorization = new TransferAuthorization(
            transfer.From, transfer.To, (ulong)transfer.AmountAtomic, ValidAfter: 0, ValidBefore: FarAhead(block), transfer.Nonce!.Value);
        var paid = new SettlementEvidence.Paid(transfer.Transaction, transfer.Block, transfer.LogIndex);
        if (await settled.RecordAsync(jobId, accounts.Network, authorization, paid, facilitator: null, cancellationToken) is { } unread) return (false, unread);
        if (hasOrder && !await IsTurnedAwayAsync(jobId, cancellationToken)) return (true, null);
        if (claim is null) await records.TryCreateAsync(RecordNames.Outcome(jobId), GoingBack(jobId, transfer), cancellationToken);

        await RefundStarter.StartAsync(client, new RefundInput
        {
            JobId = jobId,
            Network = accounts.Network,
            Incoming = authorization,
            AfterBlock = transfer.Block - 1,
            AmountAtomic = transfer.AmountAtomic,
            Reason = hasOrder ? RefundReason.LateMoney : RefundReason.NoOrder,
        }, cancellationToken);
        if (!hasOrder) await ListAsync(Unmatched.Of(UnmatchedKind.NoOrder, transfer, block.Time, jobId), transfer, cancellationToken);
        return (true, null);
    }

    /// <summary>
    /// Whether the order ended unpaid. Its own authorization is followed by <see cref="MoneySweep"/>, until it is over; but the payer
    /// can sign its nonce once more, for a later time, and then nobody else sees the money.
    /// </summary>
    private async Task<bool> IsTurnedAwayAsync(string jobId, CancellationToken cancellationToken) =>
        await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(jobId), cancellationToken) is { Value.Outcome: JobOutcome.Unpaid };

    /// <summary>
    /// The one outcome is recorded before the money goes back (payments.md section 5): a request that is still on its way to its
    /// claim finds it, and starts nothing.
    /// </summary>
    private OutcomeRecord GoingBack(string jobId, ChainTransfer transfer) => new(
        jobId, JobOutcome.RefundDue, clock.GetUtcNow(), Video: null, JobErrors.Internal, transfer.From.ToString(), transfer.AmountAtomic,
        transfer.Transaction.ToString());

    /// <summary>
    /// An order whose payment this is. A payer can sign one nonce for two amounts: then the order's own payment never came, and
    /// this money is for nothing. A superseded claim's payment is never settled by us.
    /// </summary>
    private static bool IsOrderOf(Claim? claim, ChainTransfer transfer) =>
        claim is { SupersededBy: null, Input.Payment.Authorization.Transfer: var signed }
        && signed.To == transfer.To && signed.Value == (ulong)transfer.AmountAtomic;

    /// <summary>The chain does not show until when an authorization was valid. It was used, so it only matters that it is not over.</summary>
    private static Uint256 FarAhead(BlockHead block) => block.Timestamp + (10UL * 365 * 24 * 3600);

    private async Task<bool> MatchRefundAsync(ChainTransfer transfer, BlockHead block, BlockHead safe, bool isYoung, CancellationToken cancellationToken)
    {
        var lastDay = DayOf(safe) > Today ? DayOf(safe) : Today;
        if (await ledger.RefundsByAsync(transfer.Transaction.ToString(), DayOf(block), lastDay, cancellationToken).AnyAsync(cancellationToken)) return true;
        if (isYoung) return false;
        await ListAsync(Unmatched.Of(UnmatchedKind.TransferOut, transfer, block.Time), transfer, cancellationToken);
        return true;
    }

    private async Task ListAsync(Unmatched unmatched, ChainTransfer transfer, CancellationToken cancellationToken)
    {
        var name = RecordNames.Unmatched(DateOnly.FromDateTime(unmatched.At.UtcDateTime), transfer.Name);
        if (await records.TryCreateAsync(name, unmatched, cancellationToken))
            Listed(logger, unmatched.Kind, unmatched.AmountAtomic, transfer.Transaction.ToString());
    }

    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    private static DateOnly DayOf(BlockHead block) => DateOnly.FromDateTime(block.Time.UtcDateTime);

    [LoggerMessage(1601, LogLevel.Warning,
        "The chain is watched from block {Block} on for transfers to and from {PayTo}; what came before is not compared with the ledger.")]
    private static partial void Started(ILogger logger, ulong block, string payTo);

    [LoggerMessage(1602, LogLevel.Warning, "{Kind}: {AmountAtomic} atomic units in {Transaction}.")]
    private static partial void Listed(ILogger logger, UnmatchedKind kind, long amountAtomic, string transaction);
}
