using Microsoft.Azure.Functions.Worker;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Activities;

/// <summary>Looks once whether a safe block shows the payment that is to be given back: no proof, no refund.</summary>
public sealed class ProveIncoming(SettlementProof proof, SettledMoney settled)
{
    [Function(nameof(ProveIncoming))]
    public async Task<RefundProof> Run([ActivityTrigger] RefundInput refund, CancellationToken cancellationToken)
    {
        var evidence = await proof.EvaluateAsync(refund.Network.Usdc, refund.Incoming, refund.AfterBlock, BlockTag.Safe, cancellationToken);
        // Money that came late has no entry yet; what has one keeps it.
        return evidence is SettlementEvidence.Paid paid
            && await settled.RecordAsync(refund.JobId, refund.Network, refund.Incoming, paid, facilitator: null, cancellationToken) is not null
                ? new RefundProof(RefundProofState.Undecided)
                : CheckRefund.Read(evidence);
    }
}
