using OviFunctions.Http;
using OviFunctions.Payments;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.Refunds;
using OviFunctions.Payments.X402;

namespace OviFunctions.Admission;

/// <summary>
/// What only others know of a new payment: the chain and a facilitator. Nothing is written here but that the money of an order
/// is held for its refund.
/// </summary>
public sealed class PaymentVerification(Till till, FacilitatorPool facilitators, IChainReader chain, RefundFunds refunds)
{
    private const string UsedBefore = "invalid_exact_evm_nonce_already_used";

    public Till Till => till;

    /// <summary>Asks whether the payment would settle now.</summary>
    /// <returns>The head of the chain before which it cannot have been settled and the facilitator that called it valid, or the refusal.</returns>
    public async Task<(ulong ClaimBlock, string? VerifiedBy, AdmissionResult.Refused? Refusal)> VerifyAsync(
        PaymentPayload payment, PaymentRequirement requirement, PaidResource resource, CancellationToken cancellationToken)
    {
        if (await LookAsync(payment.Authorization.Transfer, cancellationToken) is not { } seen) return (0, null, ChainUnreadable());
        if (seen.IsUsed) return (0, null, Refuse(409, PaymentProblem.FromFacilitator(UsedBefore)));

        var verification = await facilitators.VerifyAsync(
            payment.Authorization, requirement, resource, invalid => IsConfirmedAsync(invalid.Code, payment.Authorization.Transfer, cancellationToken), cancellationToken);
        return verification.Outcome switch
        {
            VerifyOutcome.Valid => (seen.Block, verification.By, null),
            VerifyOutcome.Invalid { Code: UsedBefore } => (0, null, Refuse(409, PaymentProblem.FromFacilitator(UsedBefore))),
            VerifyOutcome.Invalid invalid => (0, null, Refuse(402, PaymentProblem.FromFacilitator(invalid.Code))),
            _ => (0, null, Unavailable("No payment facilitator answers at the moment.")),
        };
    }

    /// <summary>Whether the chain shows us what a facilitator objects to.</summary>
    private async Task<bool> IsConfirmedAsync(string code, TransferAuthorization transfer, CancellationToken cancellationToken)
    {
        if (code == UsedBefore) return await LookAsync(transfer, cancellationToken) is { IsUsed: true };
        return PaymentProblem.FromFacilitator(code).Code == PaymentProblemCodes.InsufficientBalance
            && (await chain.BalanceAsync(till.Network.Usdc, transfer.From, cancellationToken)).TryGet(out var balance, out _)
            && balance.Value < transfer.Value.Value;
    }

    /// <summary>Whether the payer's balance is enough for this payment and for those that are not settled yet.</summary>
    public async Task<AdmissionResult.Refused?> CheckBalanceAsync(
        TransferAuthorization transfer, IEnumerable<TransferAuthorization> unsettled, CancellationToken cancellationToken)
    {
        var needed = transfer.Value.Value;
        foreach (var earlier in unsettled)
        {
            // What the chain has moved is not in the balance any more; only the job has not seen it yet.
            if (await LookAsync(earlier, cancellationToken) is not { } seen) return ChainUnreadable();
            if (!seen.IsUsed) needed += earlier.Value.Value;
        }

        if (!(await chain.BalanceAsync(till.Network.Usdc, transfer.From, cancellationToken)).TryGet(out var balance, out _))
            return ChainUnreadable();
        return balance.Value < needed ? Refuse(402, PaymentProblem.FromFacilitator("insufficient_funds")) : null;
    }

    /// <summary>Sees to it that the order could be refunded; null when it could.</summary>
    public async Task<AdmissionResult.Refused?> HoldRefundAsync(string jobId, PaymentPayload payment, CancellationToken cancellationToken) =>
        await refunds.HoldAsync(jobId, (long)payment.Authorization.Transfer.Value.Value, cancellationToken) is { } closed
            ? new AdmissionResult.Refused(closed)
            : null;

    /// <summary>The head of the chain, and whether the authorization is used there; null when the chain cannot be read.</summary>
    private async Task<(ulong Block, bool IsUsed)?> LookAsync(TransferAuthorization transfer, CancellationToken cancellationToken)
    {
        if (!(await chain.BlockAsync(BlockTag.Latest, cancellationToken)).TryGet(out var head, out _)) return null;
        var used = await chain.AuthorizationUsedAsync(till.Network.Usdc, transfer.From, transfer.Nonce, head.Hash, cancellationToken);
        return used.TryGet(out var isUsed, out _) ? (head.Number, isUsed) : null;
    }

    /// <summary>
    /// The answer to a payment that is not taken; it was not used. Always to sign anew (payments.md section 2, step 6), also when the
    /// wallet was too empty: the x402 clients do so by themselves, and it needs no case of its own. Should the old authorization
    /// arrive after all, its money goes back.
    /// </summary>
    public static AdmissionResult.Refused Refuse(int status, PaymentProblem problem) => new(
        new Problem(status, problem.Code, "The payment was not taken.", problem.Detail)
        {
            RetryAction = RetryAction.Resign,
            PaymentState = PaymentState.Unused,
        }, problem.X402Reason);

    private static AdmissionResult.Refused ChainUnreadable() => Unavailable("The chain cannot be read at the moment.");

    private static AdmissionResult.Refused Unavailable(string detail) => new(PaymentsUnavailable.Because(detail, retryAfterSeconds: 5));
}
