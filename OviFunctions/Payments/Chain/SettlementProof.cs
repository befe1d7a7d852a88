using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Chain;

/// <summary>
/// Decides by the chain, and nothing else, whether an authorization was paid. It relies on two facts of USDC: using
/// an authorization emits AuthorizationUsed and, as the very next log, its Transfer; and a block at or after
/// <c>validBefore</c> can no longer use it.
/// </summary>
public sealed class SettlementProof(IChainReader chain)
{
    private static readonly SettlementEvidence NotYetUsed =
        new SettlementEvidence.Undecided(UndecidedCause.NotYetUsed, "not used yet, and no safe block is past validBefore");

    /// <summary>Looks at the chain once.</summary>
    /// <param name="token">The asset's contract; other contracts' logs prove nothing.</param>
    /// <param name="transfer">The authorization.</param>
    /// <param name="afterBlock">The head recorded before the authorization was first settled; an earlier use was not for us.</param>
    /// <param name="horizon">
    /// <see cref="BlockTag.Safe"/> when a payment may not be undone any more, as before a refund is signed.
    /// </param>
    /// <param name="cancellationToken">Ends the look.</param>
    public async Task<SettlementEvidence> EvaluateAsync(
        EvmAddress token, TransferAuthorization transfer, ulong afterBlock, BlockTag horizon, CancellationToken cancellationToken)
    {
        if (!(await chain.BlockAsync(horizon, cancellationToken)).TryGet(out var head, out var failure)) return Unread(failure);
        var state = await chain.AuthorizationUsedAsync(token, transfer.From, transfer.Nonce, head.Hash, cancellationToken);
        if (!state.TryGet(out var used, out failure)) return Unread(failure);
        return used
            ? await FindUseAsync(token, transfer, afterBlock, head, cancellationToken)
            : await IsTooLateAsync(token, transfer, head, cancellationToken);
    }

    private async Task<SettlementEvidence> IsTooLateAsync(
        EvmAddress token, TransferAuthorization transfer, BlockHead head, CancellationToken cancellationToken)
    {
        if (head.Timestamp < transfer.ValidBefore) return NotYetUsed;
        if (!(await chain.BlockAsync(BlockTag.Safe, cancellationToken)).TryGet(out var safe, out var failure)) return Unread(failure);
        if (safe.Timestamp < transfer.ValidBefore) return NotYetUsed;
        var state = await chain.AuthorizationUsedAsync(token, transfer.From, transfer.Nonce, safe.Hash, cancellationToken);
        if (!state.TryGet(out var used, out failure)) return Unread(failure);
        return used
            ? NotYetUsed
            : new SettlementEvidence.UnpaidForGood($"unused in the safe block {safe.Number}, which is past validBefore");
    }

    private async Task<SettlementEvidence> FindUseAsync(
        EvmAddress token, TransferAuthorization transfer, ulong afterBlock, BlockHead head, CancellationToken cancellationToken)
    {
        var filter = new LogFilter(token, [TokenAbi.AuthorizationUsed, TokenAbi.AuthorizationCanceled],
            [Bytes32.FromAddress(transfer.From)], [transfer.Nonce]);
        await foreach (var read in chain.LogsInStepsAsync(filter, afterBlock + 1, head.Number, cancellationToken: cancellationToken))
        {
            if (!read.TryGet(out var logs, out var failure)) return Unread(failure);
            if (logs.FirstOrDefault(filter.Matches) is not { } log) continue;
            return log.Topics[0] == TokenAbi.AuthorizationUsed
                ? await FindTransferAsync(transfer, log, cancellationToken)
                : await OnceSafeAsync(log, UndecidedCause.Cancelled, $"cancelled by the payer in {log.Transaction}", cancellationToken);
        }
        // It was unused when it was claimed, so this is a node that lags behind itself: its logs will come.
        return new SettlementEvidence.Undecided(
            UndecidedCause.LogsMissing, $"the nonce is used, but not in the logs of the blocks {afterBlock + 1} to {head.Number}");
    }

    private async Task<SettlementEvidence> FindTransferAsync(
        TransferAuthorization transfer, EvmLog use, CancellationToken cancellationToken)
    {
        var filter = new LogFilter(
            use.Address, [TokenAbi.Transfer], [Bytes32.FromAddress(transfer.From)], [Bytes32.FromAddress(transfer.To)]);
        if (!(await chain.LogsAsync(filter, use.BlockHash, cancellationToken)).TryGet(out var logs, out var failure))
            return Unread(failure);
        var paid = logs.FirstOrDefault(log => filter.Matches(log) && use.IsRightBefore(log.Transaction, log.LogIndex)
            && log.Data.Length == Uint256.Size && Uint256.FromBigEndian(log.Data.Span) == transfer.Value);
        return paid is not null
            ? new SettlementEvidence.Paid(paid.Transaction, paid.BlockNumber, paid.LogIndex)
            : await OnceSafeAsync(use, UndecidedCause.UsedElsewhere, $"the nonce was used for another transfer in {use.Transaction}", cancellationToken);
    }

    // What the head shows can be undone with it, and then the money may still come.
    private async Task<SettlementEvidence> OnceSafeAsync(EvmLog log, UndecidedCause cause, string reason, CancellationToken cancellationToken)
    {
        if (!(await chain.BlockAsync(BlockTag.Safe, cancellationToken)).TryGet(out var safe, out var failure)) return Unread(failure);
        return log.BlockNumber <= safe.Number ? new SettlementEvidence.UnpaidForGood(reason) : new SettlementEvidence.Undecided(cause, reason);
    }

    private static SettlementEvidence.Undecided Unread(ChainFailure failure) => new(UndecidedCause.NodeFailed, failure.Reason);
}
