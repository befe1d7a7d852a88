using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Storage;

namespace OviFunctions.Payments.Facilitators;

/// <summary>
/// Compares what facilitators said with what the chain shows, once that can no longer change. A "settled" that our node does not
/// show yet is no lie: the facilitator's node may be ahead of ours.
/// </summary>
public sealed class FacilitatorJudge(IChainReader chain, SettlementProof proof, IRecordStore records, FacilitatorTrust trust)
{
    /// <summary>How many blocks a facilitator's node may be ahead of ours.</summary>
    private const ulong Lead = 5;

    /// <summary>Takes those out of use that said something that is not so; what only later blocks can show is looked at again.</summary>
    /// <param name="jobId">The job that is to be paid.</param>
    /// <param name="payment">Its payment.</param>
    /// <param name="statements">Who said that it was settled.</param>
    /// <param name="evidence">What the chain shows of it.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns>The chain's head, for statements that have none yet; null when it was not or could not be read.</returns>
    public async Task<ulong?> JudgeAsync(
        string jobId, JobPayment payment, IReadOnlyList<SettleStatement> statements, SettlementEvidence evidence, CancellationToken cancellationToken)
    {
        switch (evidence)
        {
            case SettlementEvidence.UnpaidForGood:
                foreach (var statement in statements) await trust.TakeOutAsync(jobId, statement, cancellationToken);
                return null;
            case SettlementEvidence.Paid paid:
                foreach (var statement in statements.Where(said => IsAnothers(paid, said)))
                    await trust.SuspectAsync(new FacilitatorSuspicion(jobId, statement), cancellationToken);
                return null;
            default:
                return await JudgeUnusedAsync(jobId, payment, statements, cancellationToken);
        }
    }

    /// <summary>Looks again at what was only suspected.</summary>
    public async Task ReviewAsync(CancellationToken cancellationToken)
    {
        foreach (var suspicion in await trust.SuspicionsAsync(cancellationToken))
        {
            var claim = (await records.ReadAsync<Claim>(RecordNames.Claim(suspicion.JobId), cancellationToken))?.Value;
            if (claim?.Input.Payment is not { } payment) continue;
            var evidence = await proof.EvaluateAsync(
                payment.Network.Usdc, payment.Authorization.Transfer, payment.ClaimBlock, BlockTag.Safe, cancellationToken);
            if (evidence is SettlementEvidence.Undecided) continue;
            if (evidence is SettlementEvidence.Paid paid && !IsAnothers(paid, suspicion.Statement)) await trust.ClearAsync(suspicion, cancellationToken);
            else await trust.TakeOutAsync(suspicion.JobId, suspicion.Statement, cancellationToken);
        }
    }

    private async Task<ulong?> JudgeUnusedAsync(
        string jobId, JobPayment payment, IReadOnlyList<SettleStatement> statements, CancellationToken cancellationToken)
    {
        if (!(await chain.BlockAsync(BlockTag.Latest, cancellationToken)).TryGet(out var head, out _)
            || !(await chain.BlockAsync(BlockTag.Safe, cancellationToken)).TryGet(out var safe, out _)) return null;
        var due = statements.Where(said => IsPast(safe, said)).ToList();
        if (due.Count == 0) return head.Number;
        var transfer = payment.Authorization.Transfer;
        var state = await chain.AuthorizationUsedAsync(payment.Network.Usdc, transfer.From, transfer.Nonce, safe.Hash, cancellationToken);
        if (!state.TryGet(out var used, out _) || used) return head.Number;
        foreach (var statement in due) await trust.TakeOutAsync(jobId, statement, cancellationToken);
        return head.Number;
    }

    /// <summary>By height and by time: our node may lag, and our clock may be wrong, but hardly both at once.</summary>
    private static bool IsPast(BlockHead safe, SettleStatement said) =>
        said.Head is { } head && safe.Number >= head + Lead && safe.Timestamp >= (ulong)said.At.ToUnixTimeSeconds();

    /// <summary>
    /// Whether the money moved in another transaction than the one that was named, and only after the statement: one that was there
    /// before may be the named one, sent again with more gas.
    /// </summary>
    private static bool IsAnothers(SettlementEvidence.Paid paid, SettleStatement said) =>
        paid.Transaction.ToString() != said.Transaction && paid.BlockNumber > said.Head;
}
