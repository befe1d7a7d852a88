using System.Collections.Concurrent;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.Support;

/// <summary>A facilitator that answers as a test says; nothing is settled.</summary>
internal sealed class ScriptedFacilitator : IFacilitator
{
    private readonly ConcurrentQueue<(SignedAuthorization Authorization, PaymentRequirement Requirement)> _asked = new();

    public string Name { get; init; } = "scripted";

    public X402Version Version { get; init; } = X402Version.V2;

    public FacilitatorStatus? Ailment { get; set; }

    public Func<SettleOutcome> Settle { get; set; } = () => throw new NotSupportedException();

    public SupportedOutcome Supports { get; set; } = new SupportedOutcome.Supported([]);

    /// <summary>How often it was asked to settle.</summary>
    public int Settles { get; private set; }

    /// <summary>How often it was asked what it supports.</summary>
    public int Checks { get; private set; }

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
        SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource, CancellationToken cancellationToken)
    {
        Settles++;
        return Task.FromResult(Settle());
    }

    public Task<SupportedOutcome> SupportedAsync(CancellationToken cancellationToken)
    {
        Checks++;
        return Task.FromResult(Supports);
    }
}
