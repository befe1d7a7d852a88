using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;

namespace OviFunctions.Routing;

/// <summary>An account that would carry out a job.</summary>
/// <param name="Priority">The operator's: lower comes first.</param>
/// <param name="CostUsd">What the job costs there, in dollars.</param>
internal sealed record LaneCandidate(IVideoProvider Provider, int Priority, decimal CostUsd, ProviderState State);

/// <summary>
/// Puts the accounts in order and gives each its start: the operator's order first (priority), healthy ones before others, then
/// the cheaper, then as they are listed.
/// </summary>
internal static class LanePlanner
{
    /// <summary>The delay of a hedge while nothing was measured.</summary>
    private const double UnmeasuredDelaySeconds = 60;

    /// <summary>Fewer deliveries say nothing of the slowest in a hundred.</summary>
    private const int FewestSamples = 5;

    public static IReadOnlyList<LanePlan> Plan(IEnumerable<LaneCandidate> candidates, string model, RoutingSettings routing, DateTimeOffset now)
    {
        var ordered = candidates
            .OrderBy(c => c.Priority).ThenBy(c => !IsHealthy(c.State, now)).ThenBy(c => c.CostUsd)
            .ToList();
        var delay = routing.Plan == RoutingPlan.Hedge ? routing.HedgeDelaySeconds ?? MeasuredDelay(ordered[0].State, model) : 0;
        return [.. ordered.Select(LaneOf)];

        LanePlan LaneOf(LaneCandidate candidate, int lane)
        {
            var start = StartOf(lane);
            return new LanePlan(candidate.Provider.Name, start, start == LaneStart.AfterDelay ? delay : 0)
            {
                CostUsd = candidate.CostUsd,
                IsSilent = !candidate.Provider.CallsBack,
            };
        }

        LaneStart StartOf(int lane) => (routing.Plan, lane) switch
        {
            (RoutingPlan.Race, _) or (_, 0) => LaneStart.AtOnce,
            (RoutingPlan.Hedge, 1) => LaneStart.AfterDelay,
            _ => LaneStart.AfterFailure,
        };
    }

    private static bool IsHealthy(ProviderState state, DateTimeOffset now) => !(state.PausedUntil > now);

    private static double MeasuredDelay(ProviderState state, string model)
    {
        var seconds = state.Samples.Where(s => s.Model == model && s.Delivered).Select(s => s.Seconds).Order().ToList();
        return seconds.Count < FewestSamples ? UnmeasuredDelaySeconds : seconds[(int)Math.Ceiling(seconds.Count * 0.95) - 1];
    }
}
