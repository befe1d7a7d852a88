using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Payments.Facilitators;

/// <summary>The configured facilitators, in order.</summary>
public sealed class FacilitatorPool(IReadOnlyList<IFacilitator> facilitators)
{
    /// <summary>The first answer to the question; <see cref="VerifyOutcome.Unreachable"/> when nobody answered it.</summary>
    public async Task<VerifyOutcome> VerifyAsync(
        SignedAuthorization authorization, PaymentRequirement requirement, PaidResource resource, CancellationToken cancellationToken)
    {
        VerifyOutcome outcome = new VerifyOutcome.Unreachable("there is no facilitator");
        foreach (var facilitator in facilitators)
        {
            outcome = await facilitator.VerifyAsync(authorization, requirement, resource, cancellationToken);
            if (outcome is not VerifyOutcome.Unreachable) return outcome;
        }

        return outcome;
    }

    /// <summary>
    /// Asks one of them to settle: the first, and in later tries the others in turn; <see cref="SettleOutcome.Unknown"/> when there
    /// is none, for the chain may show the payment all the same.
    /// </summary>
    /// <param name="attempt">From 0.</param>
    /// <param name="authorization">The payment.</param>
    /// <param name="requirement">What is demanded.</param>
    /// <param name="resource">What is paid for; null for a refund.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<SettleOutcome> SettleAsync(
        int attempt, SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource, CancellationToken cancellationToken) =>
        facilitators.Count == 0
            ? Task.FromResult<SettleOutcome>(new SettleOutcome.Unknown("there is no facilitator"))
            : facilitators[attempt % facilitators.Count].SettleAsync(authorization, requirement, resource, cancellationToken);

    public IEnumerable<IFacilitator> All => facilitators;
}
