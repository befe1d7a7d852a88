using Microsoft.Azure.Functions.Worker;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Activities;

/// <summary>Looks once whether a safe block shows the recorded refund, by whatever route it came there.</summary>
public sealed class CheckRefund(RefundBook book, SettlementProof proof)
{
    [Function(nameof(CheckRefund))]
    public async Task<RefundProof> Run([ActivityTrigger] string jobId, CancellationToken cancellationToken)
    {
        if (await book.ReadAsync(jobId, cancellationToken) is not { Authorization: { } signed } record)
            throw new InvalidOperationException($"No refund of {jobId} is signed.");
        return Read(await proof.EvaluateAsync(record.Refund.Network.Usdc, signed.Transfer, record.AfterBlock, BlockTag.Safe, cancellationToken));
    }

    internal static RefundProof Read(SettlementEvidence evidence) => evidence switch
    {
        SettlementEvidence.Paid paid => new RefundProof(RefundProofState.Paid, paid.Transaction.ToString(), paid.BlockNumber, paid.LogIndex),
        SettlementEvidence.UnpaidForGood => new RefundProof(RefundProofState.UnpaidForGood),
        _ => new RefundProof(RefundProofState.Undecided),
    };
}
