using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// One episode of an instance: load what is known and what is new, run the code, commit as a whole, and only then let the rest of
/// the engine know. If the commit fails, nothing of the episode has happened.
/// </summary>
internal sealed partial class EpisodeRunner(
    OrchestratorRunner code,
    UpgradeRules upgrades,
    IInstanceStore store,
    InstanceQueue queue,
    HeldInstances held,
    Suspects suspects,
    FailingInstances failing,
    TimerQueue timers,
    ActivityQueue activities,
    InstanceSignals signals,
    Recovery recovery,
    TimeProvider time,
    ILogger<EpisodeRunner> logger)
{
    public async ValueTask RunAsync(long key, CancellationToken stopping)
    {
        queue.Begin(key);
        var work = WorkItem.Episode(key);
        if (!suspects.TryEnter(work))
        {
            queue.End(key);
            suspects.Wait(work, () => queue.Wake(key));
            return;
        }

        var storageWorks = store.Health.IsHealthy;
        try
        {
            if (suspects.CrashesAtLimit(work) is { } crashes) await held.HoldForCrashesAsync(key, crashes);
            if (held.Contains(key))
            {
                timers.Set(key, null);
                return;
            }

            if (failing.Pauses(key)) return;
            var stray = code.StrayExecution(key);
            if (await store.LoadAsync(key, stopping) is { } loaded) await RunAsync(loaded, isStray: loaded.Instance.Execution == stray);
            if (stray is { } execution) code.ForgetStray(key, execution);
            failing.Forget(key);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The instance is found again at the next start.
        }
        catch (Exception e) when (e is not InstanceStoreException { IsOfStorage: true })
        {
            LogEpisodeFailed(e, key);

            // Whether it is only this instance that cannot be read, the recovery finds out: it reads the others.
            if (e is InstanceStoreException { IsDamage: true }) recovery.Request();
            await PauseOrHoldAsync(key, e, storageWorks, stopping);
        }
        catch (Exception e)
        {
            LogEpisodeFailed(e, key);
            recovery.Request();
        }
        finally
        {
            queue.End(key);
            suspects.Leave(work);
        }
    }

    private async Task PauseOrHoldAsync(long key, Exception failure, bool storageWorks, CancellationToken stopping)
    {
        if (failing.Failed(key, counts: storageWorks, stopping) < FailingInstances.Limit) return;
        failing.Forget(key);
        try
        {
            await held.HoldForFailuresAsync(key, failure);
        }
        catch (InstanceStoreException e)
        {
            LogEpisodeFailed(e, key);
            recovery.Request();
        }
    }

    private async Task RunAsync(InstanceWork work, bool isStray)
    {
        var (instance, key) = (work.Instance, work.Instance.Key);
        if (instance.Status is not (OrchestrationRuntimeStatus.Pending or OrchestrationRuntimeStatus.Running))
        {
            timers.Set(key, null);
            return;
        }

        var turn = new NewTurn(work, time.GetUtcNow());
        if (turn.IsBeforeStart)
        {
            timers.Set(key, instance.StartAt);
            return;
        }

        if (turn.Inbound.Count == 0 && !isStray && !work.IsTooLarge)
        {
            timers.Set(key, work.Timers.Count == 0 ? null : work.Timers.Min(t => t.DueAt));
            return;
        }

        var mismatch = upgrades.Mismatch(instance.Version);
        if (mismatch is not null && upgrades.VersionFailure == VersionFailureStrategy.Reject)
        {
            await held.HoldForVersionAsync(key, mismatch.ErrorMessage);
            timers.Set(key, null);
            return;
        }

        var outcome = code.Run(work, turn, isStray, mismatch);
        if (outcome is { IsNonDeterministic: true, End: ExecutionEnd.Failed { Failure: var difference } }
            && upgrades.OnNonDeterminism == NonDeterminismStrategy.Park)
        {
            await held.ParkAsync(key, difference.ErrorMessage);
            timers.Set(key, null);
            return;
        }

        var commit = turn.Commit(outcome, upgrades.DefaultVersion);
        queue.Played(key);
        var result = await store.CompleteEpisodeAsync(commit);
        if (!result.Committed)
        {
            LogSuperseded(instance.Name, instance.Id);
            queue.Wake(key);
            return;
        }

        suspects.Acquit(WorkItem.Episode(key));
        var open = work.Timers.Concat(commit.Timers).ExceptBy(commit.ClosedTimers, t => t.TaskId).ToArray();
        timers.Set(key, open.Length == 0 || commit.End is not null ? null : open.Min(t => t.DueAt));
        activities.Add(key, result.Activities);
        queue.Wake(result.Woken);
        if (work.HasMoreMessages || outcome.End is ExecutionEnd.ContinuedAsNew) queue.Wake(key);
        if (outcome.End is ExecutionEnd.Failed failed) LogFailed(instance.Name, instance.Id, failed.Failure.ErrorType);
        else if (outcome.End is ExecutionEnd.Completed) LogCompleted(instance.Name, instance.Id);
        if (instance.Status == OrchestrationRuntimeStatus.Pending || outcome.End is ExecutionEnd.Completed or ExecutionEnd.Failed)
            signals.Changed(instance.Id);
        await held.NoteAgainAsync(key);
    }

    [LoggerMessage(1, LogLevel.Information, "Orchestrator {Orchestrator} (instance {InstanceId}) completed")]
    private partial void LogCompleted(string orchestrator, string instanceId);

    [LoggerMessage(2, LogLevel.Error, "Orchestrator {Orchestrator} (instance {InstanceId}) failed: {ErrorType}")]
    private partial void LogFailed(string orchestrator, string instanceId, string errorType);

    [LoggerMessage(3, LogLevel.Information,
        "An episode of orchestrator {Orchestrator} (instance {InstanceId}) was dropped: the instance was ended or replaced meanwhile")]
    private partial void LogSuperseded(string orchestrator, string instanceId);

    [LoggerMessage(4, LogLevel.Error, "An episode of the instance with key {InstanceKey} failed and will be run again")]
    private partial void LogEpisodeFailed(Exception exception, long instanceKey);
}
