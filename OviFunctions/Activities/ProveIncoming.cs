using Microsoft.Azure.Functions.Worker;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Activities;

/// <summary>Looks once whether a safe block shows the payment that is to be given back: no proof, no refund.</summary>
public sealed class ProveIncoming(SettlementProof proof)
{
    [Function(nameof(ProveIncoming))]
    public async Task<RefundProof> Run([ActivityTrigger] RefundInput refund, CancellationToken cancellationToken) => CheckRefund.Read(
        await proof.EvaluateAsync(refund.Network.Usdc, refund.Incoming, refund.AfterBlock, BlockTag.Safe, cancellationToken));
}
