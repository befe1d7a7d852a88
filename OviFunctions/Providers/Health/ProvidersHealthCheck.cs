using Microsoft.Extensions.Diagnostics.HealthChecks;
using OviFunctions.Configuration;

namespace OviFunctions.Providers.Health;

/// <summary>Degraded while an account, or a model of one, gets no jobs: the others carry on, and a machine less would not help.</summary>
internal sealed class ProvidersHealthCheck(OviSettings settings, ProviderStates states) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var accounts = await Task.WhenAll(settings.Providers.Select(
            async account => (account.Name, State: await states.ReadAsync(account.Name, cancellationToken))));
        var lame = accounts.Where(account => account.State.OutFor is not null || account.State.OutModels.Count > 0).Select(account => account.Name).ToArray();
        return lame.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded($"out of the rotation: {string.Join(", ", lame)}");
    }
}
