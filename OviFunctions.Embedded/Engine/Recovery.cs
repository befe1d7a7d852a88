using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Finds out what there is to do by reading the store: at the start, and again, with growing pauses, after a read or write has failed.
/// So nothing depends on what a failed commit would have told the engine.
/// </summary>
internal sealed partial class Recovery(TimeProvider time, ILogger<Recovery> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Channel<bool> _requests =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>The pause after so many failures (from 0): doubling, up to a limit.</summary>
    public static TimeSpan Backoff(int failures)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(failures, 16));
        return pause < LongestPause ? pause : LongestPause;
    }

    /// <summary>Something failed: read again what there is to do.</summary>
    public void Request() => _requests.Writer.TryWrite(true);

    /// <summary>Has every instance woken when it has something to do, at once or later, and queues every open activity.</summary>
    public static Task FindWorkAsync(
        IInstanceStore store, TimerQueue timers, ActivityQueue activities, CancellationToken cancellationToken) =>
        ReadWorkAsync(
            store,
            instance =>
            {
                if (instance.DueAt is { } due) timers.SetIfEarlier(instance.InstanceKey, due);
            },
            activity => activities.Add(activity.InstanceKey, [activity.Id]),
            cancellationToken);

    /// <summary>Reads all that there is to do, and leaves it: what is queued may run before the rest is read.</summary>
    /// <exception cref="InstanceStoreException">It cannot be read.</exception>
    public static Task CheckAsync(IInstanceStore store, CancellationToken cancellationToken) =>
        ReadWorkAsync(store, _ => { }, _ => { }, cancellationToken);

    private static async Task ReadWorkAsync(
        IInstanceStore store, Action<WakeUp> onInstance, Action<OpenActivity> onActivity, CancellationToken cancellationToken)
    {
        for (long after = 0; await store.ReadWakeUpsAsync(after, cancellationToken) is [.., var last] page; after = last.InstanceKey)
        {
            foreach (var instance in page) onInstance(instance);
        }

        for (long after = 0; await store.ReadActivitiesAsync(after, cancellationToken) is [.., var last] page; after = last.Id)
        {
            foreach (var activity in page) onActivity(activity);
        }
    }

    /// <summary>Serves requests until cancelled.</summary>
    public async Task RunAsync(Func<CancellationToken, Task> findWork, CancellationToken stopping)
    {
        var failures = 0;
        var servedAt = time.GetTimestamp();
        await foreach (var _ in _requests.Reader.ReadAllAsync(stopping))
        {
            failures = time.GetElapsedTime(servedAt) > LongestPause * 2 ? 0 : failures + 1;
            await Task.Delay(Backoff(failures), time, stopping);
            try
            {
                await findWork(stopping);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                LogStillFailing(e);
                Request();
            }

            servedAt = time.GetTimestamp();
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The store cannot be read; trying again")]
    private partial void LogStillFailing(Exception exception);
}
