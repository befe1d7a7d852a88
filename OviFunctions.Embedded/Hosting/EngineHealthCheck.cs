using Microsoft.Extensions.Diagnostics.HealthChecks;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Hosting;

/// <summary>
/// Whether the engine can record what it does; an app that uses <see cref="HealthCheckService"/> sees it as <c>engine</c>. Degraded:
/// it works, but instances wait for an operator or another release of the app, or the code of one does not come back.
/// </summary>
internal sealed class EngineHealthCheck(OrchestrationEngine engine) : IHealthCheck
{
    private static readonly InstanceQuery Held = new(Statuses: RuntimeStatuses.Unfinished, IsHeld: true);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!engine.IsHealthy) return HealthCheckResult.Unhealthy(engine.LastError);
        if (engine.Runaways is [var longest, ..] runaways)
        {
            return HealthCheckResult.Degraded(
                $"The code of {runaways.Count} instances has not come back from an episode for more than {Runaways.Patience.TotalSeconds} s and "
                + $"keeps a thread each; the longest is '{longest.Id}' of orchestrator '{longest.Name}'.");
        }

        var held = await engine.QueryAsync(Held, cancellationToken);
        return held.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(
            $"{held.Count}{(held.Count == Held.Limit ? " or more" : "")} instances are held, the first is '{held[0].Id}': {held[0].Held}");
    }
}
