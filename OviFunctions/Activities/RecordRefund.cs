using Microsoft.Azure.Functions.Worker;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Activities;

/// <param name="Refund">The refund.</param>
/// <param name="Proof">What a safe block shows: of the refund when it is paid, of the payment when that never came.</param>
public sealed record RecordRefundInput(RefundInput Refund, RefundProof Proof);

/// <summary>Records how a refund ended.</summary>
public sealed class RecordRefund(RefundBook book)
{
    [Function(nameof(RecordRefund))]
    public Task Run([ActivityTrigger] RecordRefundInput input, CancellationToken cancellationToken) =>
        input.Proof.State == RefundProofState.Paid
            ? book.CloseAsync(input.Refund.JobId, input.Proof, cancellationToken)
            : book.NothingCameAsync(input.Refund, cancellationToken);
}
