using Microsoft.Azure.Functions.Worker;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Activities;

/// <summary>Looks once whether a safe block shows the recorded refund, by whatever route it came there.</summary>
public sealed class CheckRefund(RefundBook book, SettlementProof proof, IChainReader chain)
{
    [Function(nameof(CheckRefund))]
    public async Task<RefundProof> Run([ActivityTrigger] string jobId, CancellationToken cancellationToken)
    {
        if (await book.FindPaymentByHandAsync(jobId, cancellationToken) is { } paid)
            return new RefundProof(RefundProofState.Paid, paid.Transaction, paid.Block, paid.LogIndex) { ByHand = true };
        if (await book.ReadAsync(jobId, cancellationToken) is not { Authorization: { } signed } record)
            throw new InvalidOperationException($"No refund of {jobId} is signed.");
        var seen = Read(await proof.EvaluateAsync(record.Refund.Network.Usdc, signed.Transfer, record.AfterBlock, BlockTag.Safe, cancellationToken));
        if (seen is not { State: RefundProofState.Paid, Block: { } number }) return seen;
        return (await chain.BlockAsync(number, cancellationToken)).TryGet(out var block, out _)
            ? seen with { At = block.Time }
            : new RefundProof(RefundProofState.Undecided);
    }

    internal static RefundProof Read(SettlementEvidence evidence) => evidence switch
    {
        SettlementEvidence.Paid paid => new RefundProof(RefundProofState.Paid, paid.Transaction.ToString(), paid.BlockNumber, paid.LogIndex),
        SettlementEvidence.UnpaidForGood => new RefundProof(RefundProofState.UnpaidForGood),
        _ => new RefundProof(RefundProofState.Undecided),
    };
}
