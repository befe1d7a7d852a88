using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Ledger;

/// <summary>Records that a buyer's payment arrived.</summary>
public sealed class SettledMoney(ILedger ledger, IChainReader chain)
{
    /// <summary>Records it under its block's time.</summary>
    /// <param name="jobId">The job that it pays for, or would pay for.</param>
    /// <param name="network">Where.</param>
    /// <param name="transfer">The authorization that was used.</param>
    /// <param name="paid">Where the chain shows it.</param>
    /// <param name="facilitator">Who said that it brought it there; null when that is not known.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when it is recorded; otherwise why the node did not give the block.</returns>
    public async Task<ChainFailure?> RecordAsync(
        string jobId, EvmNetwork network, TransferAuthorization transfer, SettlementEvidence.Paid paid, string? facilitator,
        CancellationToken cancellationToken)
    {
        if (!(await chain.BlockAsync(paid.BlockNumber, cancellationToken)).TryGet(out var block, out var failure)) return failure;
        await ledger.RecordAsync(new LedgerEntry
        {
            Type = LedgerEntryType.Settled,
            JobId = jobId,
            At = block.Time,
            AmountAtomic = (long)transfer.Value.Value,
            Network = network.CaipId,
            Asset = network.Usdc.ToChecksumString(),
            Transaction = paid.Transaction.ToString(),
            LogIndex = paid.LogIndex,
            Block = paid.BlockNumber,
            From = transfer.From.ToChecksumString(),
            To = transfer.To.ToChecksumString(),
            Counterparty = facilitator,
        }, cancellationToken);
        return null;
    }
}
