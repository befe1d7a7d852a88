using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Deletes completed instances when they are old enough, at the start and then on a schedule. Failed and terminated ones stay until
/// somebody has looked at them and purges them: they may be all that is known of a job that went wrong.
/// </summary>
internal sealed partial class Retention(
    IInstanceStore store, Recovery recovery, TimeProvider time, TimeSpan age, ILogger<Retention> logger)
{
    /// <summary>So few in one transaction that nobody waits for it.</summary>
    private const int Batch = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            await PurgeAsync(stopping);
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    private async Task PurgeAsync(CancellationToken stopping)
    {
        var total = 0;
        try
        {
            var before = time.GetUtcNow() - age;
            int purged;
            do
            {
                stopping.ThrowIfCancellationRequested();
                purged = await store.PurgeCompletedAsync(before, Batch);
                total += purged;
            }
            while (purged > 0);
        }
        catch (InstanceStoreException e)
        {
            LogNotPurged(e);
            recovery.Request(); // perhaps nobody else writes, and would find out when the storage works again
        }

        if (total > 0) LogPurged(total, age);
    }

    [LoggerMessage(1, LogLevel.Information, "{Count} instances that completed more than {Age} ago were deleted")]
    private partial void LogPurged(int count, TimeSpan age);

    [LoggerMessage(2, LogLevel.Error, "Old instances could not be deleted; it is tried again at the next time")]
    private partial void LogNotPurged(Exception exception);
}
