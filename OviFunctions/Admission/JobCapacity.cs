using Microsoft.DurableTask.Client;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Jobs;

namespace OviFunctions.Admission;

/// <summary>
/// Whether there is room for one more job. Each video of a batch counts as one, and while they are made the batch as one more. The engine is asked now and then, and each process adds what it let in since: with
/// several machines some more may get in between. It keeps queues short; the limits that guard money count exactly.
/// </summary>
public sealed class JobCapacity(OviSettings settings, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan LongestAge = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private long _countedAt;
    private int? _running;

    /// <summary>Why there is none; with room, so many videos more are counted.</summary>
    public async Task<Problem?> WhyFullAsync(DurableTaskClient client, int videos, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_running is not { } running || clock.GetElapsedTime(_countedAt) >= LongestAge)
            {
                running = await CountAsync(client, cancellationToken);
                _countedAt = clock.GetTimestamp();
            }

            var isFull = running + videos > settings.Limits.MaxJobsInFlight;
            _running = isFull ? running : running + videos;
            return isFull ? NoCapacity : null;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task<int> CountAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        var query = new OrchestrationQuery
        {
            InstanceIdPrefix = JobIdentity.Prefix,
            Statuses = [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running],
            PageSize = Math.Min(settings.Limits.MaxJobsInFlight, 1000),
        };
        var count = 0;
        await foreach (var _ in client.GetAllInstancesAsync(query).WithCancellation(cancellationToken))
        {
            if (++count >= settings.Limits.MaxJobsInFlight) break;
        }

        return count;
    }

    private static Problem NoCapacity { get; } = new(503, "no_capacity", "Too many jobs are running at the moment.",
        "Nothing was charged; send the identical request again later.")
    {
        RetryAction = RetryAction.RetrySamePayment, PaymentState = PaymentState.Unused, RetryAfterSeconds = 30,
    };
}
