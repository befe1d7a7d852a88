using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Payments.Facilitators;

/// <summary>Whether a facilitator can be used.</summary>
public enum FacilitatorState
{
    Working,

    /// <summary>It does not answer. It may do so later.</summary>
    Down,

    /// <summary>It answers, and will not settle our payments until its settings, or it, are changed.</summary>
    Misconfigured,

    /// <summary>It lied about a settlement, and is not asked until the operator says so.</summary>
    OutOfUse,
}

/// <summary>A facilitator as the operator sees it.</summary>
/// <param name="Facilitator">Its name.</param>
/// <param name="State">Whether it can be used.</param>
/// <param name="Reason">Why not; null when it can.</param>
public sealed record FacilitatorStatus(string Facilitator, FacilitatorState State, string? Reason = null);

/// <summary>Looks at a facilitator from the outside, without a payment.</summary>
public static class FacilitatorCheck
{
    /// <summary>Asks it what it supports.</summary>
    public static async Task<FacilitatorStatus> AskAsync(IFacilitator facilitator, EvmNetwork network, CancellationToken cancellationToken) =>
        await facilitator.SupportedAsync(cancellationToken) switch
        {
            SupportedOutcome.Supported supported when supported.Takes(network, facilitator.Version) => new(facilitator.Name, FacilitatorState.Working),
            SupportedOutcome.Supported supported => new(facilitator.Name, FacilitatorState.Misconfigured, Misfit(supported, network, facilitator.Version)),
            SupportedOutcome.Unreachable unreachable =>
                new(facilitator.Name, unreachable.IsMisconfigured ? FacilitatorState.Misconfigured : FacilitatorState.Down, unreachable.Reason),
            var unknown => throw new InvalidOperationException($"{unknown.GetType().Name} is not an answer."),
        };

    /// <summary>What is wrong with a facilitator that does not take our payments.</summary>
    internal static string Misfit(SupportedOutcome.Supported supported, EvmNetwork network, X402Version version)
    {
        var other = version == X402Version.V1 ? X402Version.V2 : X402Version.V1;
        return supported.Takes(network, other)
            ? $"it settles exact payments on {network} in version {(int)other} only: set its Version to {other}"
            : $"it does not settle exact payments on {network}";
    }
}
