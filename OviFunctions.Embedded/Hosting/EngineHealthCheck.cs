using Microsoft.Extensions.Diagnostics.HealthChecks;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Embedded.Hosting;

/// <summary>Whether the engine can record what it does; an app that uses <see cref="HealthCheckService"/> sees it as <c>engine</c>.</summary>
internal sealed class EngineHealthCheck(OrchestrationEngine engine) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(engine.IsHealthy ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(engine.LastError));
}
