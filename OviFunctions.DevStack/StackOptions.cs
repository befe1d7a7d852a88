using System.Runtime.InteropServices;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.DevStack.Simulators.Fal;

namespace OviFunctions.DevStack;

/// <summary>Which parts of the stack to start, and where.</summary>
internal sealed record StackOptions
{
    public required Ports Ports { get; init; }

    /// <summary>Whether there is a chain with facilitators; without one, jobs are paid with an API key.</summary>
    public bool Chain { get; init; } = true;

    /// <summary>Whether a gateway is to be started on its usual port, which is then checked with the others.</summary>
    public bool Gateway { get; init; }

    /// <summary>Whether a facilitator of the first generation runs too, for failover between two.</summary>
    public bool LegacyFacilitator { get; init; }

    public ChainNetwork Network { get; init; } = ChainNetwork.BaseSepolia;

    /// <summary>The first provider.</summary>
    public FalSimulatorOptions Fal { get; init; } = new();

    /// <summary>The second provider.</summary>
    public FalSimulatorOptions SecondFal { get; init; } = new();

    /// <summary>After how long the second provider is asked too.</summary>
    public TimeSpan HedgeDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where data and logs are kept; null is a temporary folder that goes with the stack.</summary>
    public string? DataFolder { get; init; }

    /// <summary>The same, without the chain where npm has none for this platform.</summary>
    /// <param name="peersFolder">The Node peers, installed.</param>
    /// <param name="report">Is told when there will be no chain.</param>
    public StackOptions ForThisPlatform(string peersFolder, Action<string> report)
    {
        if (!Chain || Parts.Chain.FindExecutable(peersFolder) is not null) return this;
        report($"npm has no chain (anvil) for {RuntimeInformation.RuntimeIdentifier}: going on without one, as with --no-chain");
        return this with { Chain = false };
    }
}
