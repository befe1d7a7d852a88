using OviFunctions.Http;
using OviFunctions.Jobs;

namespace OviFunctions.Routing;

/// <summary>Where a job would go.</summary>
/// <param name="Lanes">The attempts in order; none when there is a problem.</param>
/// <param name="Problem">Why nobody would carry it out; null when somebody would.</param>
public sealed record JobRoute(IReadOnlyList<LanePlan> Lanes, Problem? Problem)
{
    /// <summary>The route of what needs no provider.</summary>
    public static JobRoute Nowhere { get; } = new([], null);

    /// <summary>What all submits of the job together may cost, in dollars; null for no limit.</summary>
    public decimal? CostCapUsd { get; init; }
}
