using Azure;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OviFunctions.Storage;

/// <summary>Whether storage answers; without it no order can be taken.</summary>
internal sealed class StorageHealthCheck(IRecordStore records) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await records.ReadAsync<object>("health", cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (RequestFailedException e)
        {
            return HealthCheckResult.Unhealthy($"storage answers {e.Status} {e.ErrorCode}");
        }
        catch (AggregateException)
        {
            return HealthCheckResult.Unhealthy("storage does not answer");
        }
    }
}
