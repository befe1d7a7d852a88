using System.Collections.Concurrent;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.Support;

/// <summary>A facilitator that verifies as a test says; nothing is settled.</summary>
internal sealed class ScriptedFacilitator : IFacilitator
{
    private readonly ConcurrentQueue<(SignedAuthorization Authorization, PaymentRequirement Requirement)> _asked = new();

    public string Name => "scripted";

    public Func<SignedAuthorization, Task<VerifyOutcome>> Verify { get; set; } =
        authorization => Task.FromResult<VerifyOutcome>(new VerifyOutcome.Valid(authorization.Transfer.From));

    public IReadOnlyList<(SignedAuthorization Authorization, PaymentRequirement Requirement)> Asked => [.. _asked];

    public void Answer(VerifyOutcome outcome) => Verify = _ => Task.FromResult(outcome);

    public Task<VerifyOutcome> VerifyAsync(
        SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource, CancellationToken cancellationToken)
    {
        _asked.Enqueue((authorization, requirement));
        return Verify(authorization);
    }

    public Task<SettleOutcome> SettleAsync(
        SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<SupportedOutcome> SupportedAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
