using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;

namespace OviFunctions.Routing;

/// <summary>An account that would carry out a job.</summary>
/// <param name="Priority">The operator's: lower comes first.</param>
/// <param name="CostUsd">What the job costs there, in dollars.</param>
/// <param name="MaxConcurrent">How many jobs may be there at once; null for no limit.</param>
/// <param name="IsHealthy">Whether it works, as far as is known, and has not asked to be left alone.</param>
/// <param name="MayBeHealthy">Whether it has failed so long ago that it is worth a try.</param>
/// <param name="P95Seconds">What 95 of 100 of its deliveries take at most; null when that was not measured.</param>
internal sealed record LaneCandidate(
    IVideoProvider Provider, int Priority, decimal CostUsd, int? MaxConcurrent, bool IsHealthy, bool MayBeHealthy, double? P95Seconds)
{
    public static LaneCandidate Of(ProviderSettings account, IVideoProvider provider, decimal costUsd, ProviderState state, string model, DateTimeOffset now)
    {
        var health = ProviderHealth.Of(state, model, now);
        var isPaused = state.PausedUntil > now;
        return new LaneCandidate(
            provider, account.Priority, costUsd, account.MaxConcurrent,
            !isPaused && health.Circuit == CircuitState.Closed, !isPaused && health.Circuit == CircuitState.HalfOpen, health.P95Seconds);
    }
}

/// <summary>
/// Puts the accounts in order and gives each its start: the operator's order first (priority), healthy ones before others, then
/// the cheaper, then as they are listed.
/// </summary>
internal static class LanePlanner
{
    /// <summary>The delay of a hedge while nothing was measured.</summary>
    private const double UnmeasuredDelaySeconds = 60;

    public static IEnumerable<LaneCandidate> Ordered(IEnumerable<LaneCandidate> candidates) =>
        candidates.OrderBy(c => c.Priority).ThenBy(c => !c.IsHealthy).ThenBy(c => c.CostUsd);

    public static IReadOnlyList<LanePlan> Plan(IEnumerable<LaneCandidate> candidates, RoutingSettings routing)
    {
        var ordered = Ordered(candidates).ToList();
        return [.. ordered.Select(LaneOf)];

        LanePlan LaneOf(LaneCandidate candidate, int lane)
        {
            var start = StartOf(lane);
            var delay = start == LaneStart.AfterDelay ? routing.HedgeDelaySeconds ?? ordered[0].P95Seconds ?? UnmeasuredDelaySeconds : 0;
            return new LanePlan(candidate.Provider.Name, start, delay)
            {
                CostUsd = candidate.CostUsd,
                IsSilent = !candidate.Provider.CallsBack,
                MaxConcurrent = candidate.MaxConcurrent,
            };
        }

        LaneStart StartOf(int lane) => (routing.Plan, lane) switch
        {
            (RoutingPlan.Race, _) or (_, 0) => LaneStart.AtOnce,
            (RoutingPlan.Hedge, 1) => LaneStart.AfterDelay,
            _ => LaneStart.AfterFailure,
        };
    }
}
