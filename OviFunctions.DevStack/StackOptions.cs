using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack;

/// <summary>Which parts of the stack to start, and where.</summary>
internal sealed record StackOptions
{
    public required Ports Ports { get; init; }

    /// <summary>Whether there is a chain with facilitators; without one, jobs are paid with an API key.</summary>
    public bool Chain { get; init; } = true;

    /// <summary>Whether a facilitator of the first generation runs too, for failover between two.</summary>
    public bool LegacyFacilitator { get; init; }

    public ChainNetwork Network { get; init; } = ChainNetwork.BaseSepolia;

    /// <summary>Where data and logs are kept; null is a temporary folder that goes with the stack.</summary>
    public string? DataFolder { get; init; }
}
