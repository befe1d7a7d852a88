using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Storage;

namespace OviFunctions.Functions;

/// <summary>
/// Starts what a crash left between a claim and its orchestration. Such a job's buyer may repeat his request, which has
/// the same effect; this is for those who do not.
/// </summary>
public sealed partial class SweepFunction(IRecordStore records, JobStarter starter, TimeProvider clock, ILogger<SweepFunction> logger)
{
    /// <summary>Longer than any admission takes from its claim to the start.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);

    [Function("SweepOpenClaims")]
    public async Task RunAsync(
        [TimerTrigger("0 * * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - Grace;
        await foreach (var (name, writtenAt) in records.ListAsync(RecordNames.OpenClaims, cancellationToken))
        {
            if (writtenAt > before) continue;
            await ResumeAsync(client, name[RecordNames.OpenClaims.Length..], cancellationToken);
        }
    }

    private async Task ResumeAsync(DurableTaskClient client, string jobId, CancellationToken cancellationToken)
    {
        try
        {
            Swept(logger, jobId, await starter.ResumeAsync(client, jobId, cancellationToken));
        }
#pragma warning disable CA1031 // One claim that cannot be resumed must not keep the others from it.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            NotSwept(logger, e, jobId);
        }
    }

    [LoggerMessage(1301, LogLevel.Warning, "The claim of job {JobId} had no orchestration: {Result}.")]
    private static partial void Swept(ILogger logger, string jobId, ResumeResult result);

    [LoggerMessage(1302, LogLevel.Error, "The claim of job {JobId} could not be resumed; it is tried again in a minute.")]
    private static partial void NotSwept(ILogger logger, Exception exception, string jobId);
}
