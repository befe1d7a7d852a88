using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Runs activities and records their outcomes, each at least once: one whose outcome was not recorded before the process ended runs
/// again at the next start.
/// </summary>
internal sealed partial class ActivityRunner(
    FunctionTable functions,
    UpgradeRules upgrades,
    IInstanceStore store,
    ActivityQueue queue,
    InstanceQueue instances,
    Suspects suspects,
    InFlight inFlight,
    HeldInstances held,
    Recovery recovery,
    EngineTestSwitches switches,
    TimeProvider time,
    ILogger<ActivityRunner> logger)
{
    private static readonly AsyncLocal<bool> WithinActivity = new();

    /// <summary>How often the engine has failed with an activity, although the storage works.</summary>
    private readonly ConcurrentDictionary<long, int> _failures = new();

    /// <summary>Whether the caller is an activity's code: what it asks for belongs to an orchestration that runs.</summary>
    public static bool IsCaller => WithinActivity.Value;

    public async ValueTask RunAsync(OpenActivity open, CancellationToken stopping)
    {
        var work = WorkItem.Activity(open.Id);
        if (!suspects.TryEnter(work))
        {
            queue.Forget(open.Id);
            suspects.Wait(work, () => queue.Add(open.InstanceKey, [open.Id]));
            return;
        }

        var storageWorks = store.Health.IsHealthy;
        try
        {
            if (IsGivenUp(open)) return;
            if (await store.GetActivityAsync(open.Id, stopping) is not { } activity) return;
            var outcome = suspects.CrashesAtLimit(work) is { } crashes ? Crashed(activity, crashes) : await ExecuteAsync(activity, stopping);
            if (outcome is null) return;
            if (await RecordAsync(activity, outcome.Value, stopping) is { } failure) await GiveUpAsync(open, failure);
            else _failures.TryRemove(open.Id, out _);
            suspects.Acquit(work);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The activity is found again at the next start.
        }
        catch (Exception e)
        {
            LogNotRun(e, open.Id);
            recovery.Request();
            var counts = storageWorks && e is not InstanceStoreException { IsOfStorage: true };
            if (counts && _failures.AddOrUpdate(open.Id, 1, (_, before) => before + 1) >= FailingInstances.Limit) await GiveUpAsync(open, e);
        }
        finally
        {
            queue.Forget(open.Id);
            suspects.Leave(work);
        }
    }

    private bool IsGivenUp(OpenActivity open) =>
        _failures.GetValueOrDefault(open.Id) >= FailingInstances.Limit && held.Contains(open.InstanceKey);

    /// <summary>Holds its instance, and until that is resumed the activity is not tried again.</summary>
    private async Task GiveUpAsync(OpenActivity open, Exception failure)
    {
        _failures[open.Id] = FailingInstances.Limit;
        try
        {
            await held.HoldForFailuresAsync(open.InstanceKey, failure);
        }
        catch (InstanceStoreException e)
        {
            LogNotRun(e, open.Id);
            recovery.Request();
        }
    }

    /// <summary>The outcome of an activity that is not run any more. Its orchestrator decides what follows, such as a refund.</summary>
    private TaskOutcome Crashed(ActivityRecord activity, int crashes)
    {
        LogCrashes(activity.Name, activity.InstanceId, activity.TaskId, crashes);
        var message = $"Activity '{activity.Name}' was under way {crashes} times when the process died. It is not run again; what it did is not undone.";
        return Final("ActivityCrashedProcess", message);
    }

    /// <summary>Null: the engine stops, or this release lacks the code: the activity is to run at the next start.</summary>
    private async Task<TaskOutcome?> ExecuteAsync(ActivityRecord activity, CancellationToken stopping)
    {
        if (!functions.Activities.TryGetValue(activity.Name, out var invoker))
        {
            var unknown = $"No activity named '{activity.Name}' is registered in this host.";
            if (upgrades.OnNonDeterminism != NonDeterminismStrategy.Park) return Final("ActivityTaskNotFound", unknown);
            if (!held.Contains(activity.InstanceKey)) await held.ParkAsync(activity.InstanceKey, unknown);
            return null;
        }

        WithinActivity.Value = true;
        using var running = inFlight.Begin(WorkItem.Activity(activity.Id));
        var invocation = new ActivityInvocation(activity.Name, activity.InstanceId, activity.TaskId, activity.Input);
        try
        {
            if (switches.RunActivitiesTwice) await RunUnrecordedAsync(invoker, invocation, stopping);
            var result = await invoker(invocation, stopping);
            return PayloadLimit.Excess(result, $"The result of activity '{activity.Name}', which has run,") is { } excess
                ? Final("PayloadTooLarge", excess)
                : new TaskOutcome(result);
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            LogFailed(activity.Name, activity.InstanceId, activity.TaskId, e.GetType().FullName);
            return new TaskOutcome(null, new TaskFailure(FailureLimit.Record(e)));
        }
    }

    /// <summary>A failure that running the activity again would not mend.</summary>
    private static TaskOutcome Final(string errorType, string message) =>
        new(null, new TaskFailure(new(errorType, message, null, null, null), IsNonRetriable: true));

    /// <summary>Whatever comes of it is forgotten, as by a crash.</summary>
    private static async Task RunUnrecordedAsync(ActivityInvoker invoker, ActivityInvocation invocation, CancellationToken stopping)
    {
        try
        {
            await invoker(invocation, stopping);
        }
        catch (Exception) when (!stopping.IsCancellationRequested)
        {
            // The second run decides.
        }
    }

    /// <summary>
    /// What an activity did must not be forgotten because the storage fails: tries until it works, or the engine stops. If it is this
    /// outcome that cannot be recorded, though the storage works, the activity counts as failed.
    /// </summary>
    /// <returns>Null: it is recorded; else why that cannot be recorded either.</returns>
    private async Task<Exception?> RecordAsync(ActivityRecord activity, TaskOutcome outcome, CancellationToken stopping)
    {
        var isItself = true;
        for (var failures = 0; ; failures++)
        {
            try
            {
                await store.CompleteActivityAsync(activity.Id, outcome, time.GetUtcNow());

                // Also if it was completed before: that may have been this one, in a commit whose acknowledgement was lost.
                instances.Wake(activity.InstanceKey);
                return null;
            }
            catch (InstanceStoreException e)
            {
                LogNotRecorded(e, activity.Name, activity.InstanceId, activity.TaskId);
                if (!e.IsOfStorage && failures >= FailingInstances.Limit)
                {
                    if (!isItself) return e;
                    (isItself, failures) = (false, 0);
                    var message = $"What came of activity '{activity.Name}' cannot be recorded: {e.Message} What it did is not undone.";
                    outcome = Final("ActivityResultNotRecorded", message);
                }

                await Task.Delay(Recovery.Backoff(failures), time, stopping);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Activity {Activity} of instance {InstanceId} (task {TaskId}) failed: {ErrorType}")]
    private partial void LogFailed(string activity, string instanceId, int taskId, string? errorType);

    [LoggerMessage(2, LogLevel.Error,
        "The outcome of activity {Activity} of instance {InstanceId} (task {TaskId}) could not be recorded; trying again")]
    private partial void LogNotRecorded(Exception exception, string activity, string instanceId, int taskId);

    [LoggerMessage(3, LogLevel.Error, "Activity {ActivityId} could not be run; trying again")]
    private partial void LogNotRun(Exception exception, long activityId);

    [LoggerMessage(4, LogLevel.Critical,
        "Activity {Activity} of instance {InstanceId} (task {TaskId}) was under way {Crashes} times when the process died. It counts as failed")]
    private partial void LogCrashes(string activity, string instanceId, int taskId, int crashes);
}
