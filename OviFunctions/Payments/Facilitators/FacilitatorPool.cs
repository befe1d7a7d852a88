using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Payments.Facilitators;

/// <summary>What the facilitators think of a payment.</summary>
/// <param name="Outcome">The answer.</param>
/// <param name="By">Who called it valid; it is the one to settle it.</param>
public sealed record Verification(VerifyOutcome Outcome, string? By = null);

/// <summary>The configured facilitators, in the order in which they are asked.</summary>
/// <param name="facilitators">All of them.</param>
/// <param name="trust">Who is out of use; null when nobody ever is.</param>
public sealed class FacilitatorPool(IReadOnlyList<IFacilitator> facilitators, FacilitatorTrust? trust = null)
{
    private const string NoneLeft = "there is no facilitator to ask";

    /// <summary>All of them, in order.</summary>
    public IEnumerable<IFacilitator> All => facilitators;

    /// <summary>
    /// Asks those that work, in order, until one calls the payment valid. A "no" needs a second opinion, or one that lies could
    /// refuse every order; two are believed, and one that nobody else can confirm or contradict.
    /// </summary>
    /// <param name="authorization">The payment.</param>
    /// <param name="requirement">Ours.</param>
    /// <param name="resource">What is paid for.</param>
    /// <param name="isConfirmed">Whether we know by ourselves that a "no" is right, so that nobody else need be asked.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns><see cref="VerifyOutcome.Unreachable"/> when nobody answered.</returns>
    public async Task<Verification> VerifyAsync(
        SignedAuthorization authorization, PaymentRequirement requirement, PaidResource resource,
        Func<VerifyOutcome.Invalid, Task<bool>> isConfirmed, CancellationToken cancellationToken)
    {
        VerifyOutcome? refusal = null;
        VerifyOutcome last = new VerifyOutcome.Unreachable(NoneLeft);
        foreach (var facilitator in (await UsableAsync(cancellationToken)).Where(f => f.Ailment is null))
        {
            last = await facilitator.VerifyAsync(authorization, requirement, resource, cancellationToken);
            if (last is VerifyOutcome.Valid) return new Verification(last, facilitator.Name);
            if (last is not VerifyOutcome.Invalid invalid) continue;
            if (refusal is not null || await isConfirmed(invalid)) return new Verification(refusal ?? invalid);
            refusal = invalid;
        }

        return new Verification(refusal ?? last);
    }

    /// <summary>
    /// Asks one of them to settle: the first one, and in later tries the others in turn; <see cref="SettleOutcome.Unknown"/> when
    /// there is none, for the chain may show the payment all the same.
    /// </summary>
    /// <param name="attempt">From 0.</param>
    /// <param name="authorization">The payment.</param>
    /// <param name="requirement">Ours; for a refund, the refund's.</param>
    /// <param name="resource">What is paid for; null for a refund.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<SettleOutcome> SettleAsync(
        int attempt, SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource, CancellationToken cancellationToken) =>
        await NextAsync(attempt, resource is not null, preferred: null, cancellationToken) is { } facilitator
            ? await facilitator.SettleAsync(authorization, requirement, resource, cancellationToken)
            : new SettleOutcome.Unknown(NoneLeft);

    /// <summary>The one to ask in a try at settling; null when there is none.</summary>
    /// <param name="attempt">From 0.</param>
    /// <param name="hasResource">Whether it is a payment for a resource; others are not for facilitators of version 1.</param>
    /// <param name="preferred">Who goes first; null for the first one in order.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IFacilitator?> NextAsync(int attempt, bool hasResource, string? preferred, CancellationToken cancellationToken)
    {
        var usable = (await UsableAsync(cancellationToken)).Where(f => hasResource || f.Version != X402Version.V1).ToList();
        if (usable.Count == 0) return null;
        var first = Math.Max(0, usable.FindIndex(f => f.Name == preferred));
        var inTurn = Enumerable.Range(first + attempt, usable.Count).Select(i => usable[i % usable.Count]).ToList();
        // The money waits: one that ails is better than none.
        return inTurn.Find(f => f.Ailment is null) ?? inTurn[0];
    }

    /// <summary>Whether a payment could be checked and settled now.</summary>
    public async ValueTask<bool> IsWorkingAsync(CancellationToken cancellationToken) =>
        (await UsableAsync(cancellationToken)).Any(f => f.Ailment is null);

    /// <summary>Each of them as it stands, without asking it.</summary>
    public async Task<IReadOnlyList<FacilitatorStatus>> StatusAsync(CancellationToken cancellationToken)
    {
        var lies = await LiesAsync(cancellationToken);
        return [.. facilitators.Select(f => lies.FirstOrDefault(lie => lie.Facilitator == f.Name) is { } lie
            ? new FacilitatorStatus(f.Name, FacilitatorState.OutOfUse, $"it said that job {lie.JobId} was settled in {lie.Transaction}")
            : f.Ailment ?? new FacilitatorStatus(f.Name, FacilitatorState.Working))];
    }

    private async ValueTask<IEnumerable<IFacilitator>> UsableAsync(CancellationToken cancellationToken)
    {
        var lies = await LiesAsync(cancellationToken);
        return facilitators.Where(f => !lies.Any(lie => lie.Facilitator == f.Name));
    }

    private async ValueTask<IReadOnlyList<FacilitatorLie>> LiesAsync(CancellationToken cancellationToken) =>
        trust is null ? [] : await trust.OutOfUseAsync(cancellationToken);
}
