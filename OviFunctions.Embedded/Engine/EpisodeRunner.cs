using System.Collections.Concurrent;
using System.Text.Json;
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
    FunctionTable functions,
    UpgradeRules upgrades,
    IInstanceStore store,
    OrchestrationExecutor executor,
    InstanceQueue queue,
    HeldInstances held,
    Suspects suspects,
    InFlight inFlight,
    FailingInstances failing,
    Runaways runaways,
    TimerQueue timers,
    ActivityQueue activities,
    InstanceSignals signals,
    Recovery recovery,
    TimeProvider time,
    ILogger<EpisodeRunner> logger)
{
    /// <summary>Instances whose code went on in another thread, in which execution: they fail.</summary>
    private readonly ConcurrentDictionary<long, int> _strays = new();

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
            int? strayed = _strays.TryGetValue(key, out var execution) ? execution : null;
            if (await store.LoadAsync(key, stopping) is { } loaded) await RunAsync(loaded, strayed);
            if (strayed is not null) _strays.TryRemove(new(key, execution));
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

    private async Task RunAsync(InstanceWork work, int? strayed)
    {
        var (instance, key) = (work.Instance, work.Instance.Key);
        if (instance.Status is not (OrchestrationRuntimeStatus.Pending or OrchestrationRuntimeStatus.Running))
        {
            timers.Set(key, null);
            return;
        }

        var at = TurnTime(instance, time.GetUtcNow());
        if (instance.NextSequence == 0 && instance.StartAt > at)
        {
            timers.Set(key, instance.StartAt);
            return;
        }

        // Messages that are left for the next episode come before timers that were due after them.
        var until = work.HasMoreMessages && work.Inbox[^1].ReceivedAt < at ? work.Inbox[^1].ReceivedAt : at;
        var due = work.Timers.Where(t => t.DueAt <= until).OrderBy(t => t.DueAt).ThenBy(t => t.TaskId).ToArray();
        var inbound = Inbound(instance, work.Inbox, due);
        var isStray = strayed == instance.Execution;
        if (inbound.Count == 0 && !isStray && !work.IsTooLarge)
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

        var outcome = mismatch is not null ? OrchestrationExecutor.Failed(mismatch)
            : work.IsTooLarge ? OrchestrationExecutor.TooLarge(instance)
            : isStray ? OrchestrationExecutor.Strayed(instance.Name)
            : Run(work, at.UtcDateTime, inbound);
        if (outcome is { IsNonDeterministic: true, End: ExecutionEnd.Failed { Failure: var difference } }
            && upgrades.OnNonDeterminism == NonDeterminismStrategy.Park)
        {
            await held.ParkAsync(key, difference.ErrorMessage);
            timers.Set(key, null);
            return;
        }

        var commit = Commit(work, at, inbound, due, outcome);
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
    }

    /// <summary>
    /// Now, but never before the last turn; and after a continue-as-new always later than it, because deterministic GUIDs are made of
    /// the time and a counter that starts anew.
    /// </summary>
    private static DateTimeOffset TurnTime(InstanceRecord instance, DateTimeOffset now)
    {
        if (instance.TurnAt is not { } last) return now;
        var earliest = instance.NextSequence == 0 ? last.AddTicks(1) : last;
        return now > earliest ? now : earliest;
    }

    private EpisodeOutcome Run(InstanceWork work, DateTime at, IReadOnlyList<HistoryEvent> inbound)
    {
        // Not the load and the commit, in which most of the time is spent: a kill there says nothing about the code.
        using var running = inFlight.Begin(WorkItem.Episode(work.Instance.Key));
        using var run = runaways.Begin(work.Instance);
        try
        {
            var history = work.Turns.Select(t => Turn.Unpack(t, work.Payloads)).ToArray();
            var orchestrator = functions.Orchestrators.GetValueOrDefault(work.Instance.Name);
            var openTimers = work.Timers.Select(t => t.TaskId).ToHashSet();
            return executor.Run(orchestrator, work.Instance, history, at, inbound, openTimers.Contains, OnStray);
        }
        catch (JsonException e)
        {
            var unreadable = new InvalidDataException($"The history of instance '{work.Instance.Id}' cannot be read: {e.Message}", e);
            return OrchestrationExecutor.Failed(FailureLimit.Record(unreadable), isNonDeterministic: true); // a later release may have written it
        }

        void OnStray()
        {
            _strays[work.Instance.Key] = work.Instance.Execution;
            queue.Wake(work.Instance.Key);
        }
    }

    /// <summary>
    /// Messages in order of arrival, and each due timer before the messages that came after its time: after a long stop the race
    /// between an event and a timer ends as it would have ended without.
    /// </summary>
    private static List<HistoryEvent> Inbound(InstanceRecord instance, IReadOnlyList<InboxMessage> inbox, TimerRecord[] due)
    {
        var inbound = new List<HistoryEvent>();
        if (instance.NextSequence == 0) inbound.Add(new(HistoryEventKind.ExecutionStarted));
        var fired = 0;
        foreach (var message in inbox)
        {
            for (; fired < due.Length && due[fired].DueAt <= message.ReceivedAt; fired++) inbound.Add(Fired(due[fired]));
            inbound.Add(message.Event);
        }

        inbound.AddRange(due.Skip(fired).Select(Fired));
        return inbound;

        static HistoryEvent Fired(TimerRecord timer) => new(HistoryEventKind.TimerFired, timer.TaskId);
    }

    private EpisodeCommit Commit(
        InstanceWork work, DateTimeOffset at, IReadOnlyList<HistoryEvent> inbound, TimerRecord[] due, EpisodeOutcome outcome)
    {
        var actions = outcome.Actions;
        return new EpisodeCommit
        {
            InstanceKey = work.Instance.Key,
            Execution = work.Instance.Execution,
            Sequence = work.Instance.NextSequence,
            TurnAt = at,
            Turn = new Turn(at.UtcDateTime, inbound, [.. actions.Select(a => a.ToHistory())]).Pack(),
            ConsumedMessages = [.. work.Inbox.Select(m => m.Id)],
            ClosedTimers = [.. due.Select(t => t.TaskId).Union(outcome.CancelledTimers)],
            Activities = [.. actions.OfType<OrchestratorAction.CallActivity>().Select(a => new NewActivity(a.SequenceId, a.Name, a.Input))],
            Timers = [.. actions.OfType<OrchestratorAction.CreateTimer>().ExceptBy(outcome.CancelledTimers, t => t.SequenceId)
                .Select(t => new TimerRecord(t.SequenceId, new DateTimeOffset(t.DueAt)))],
            Events = [.. actions.OfType<OrchestratorAction.SendEvent>().Select(e => new OutgoingEvent(e.InstanceId, e.Name, e.Payload))],
            Children = [.. actions.OfType<OrchestratorAction.CallSubOrchestrator>()
                .Select(c => new ChildStart(c.SequenceId, new NewInstance(c.InstanceId, c.Name, c.Input, at, null, c.Tags)
                {
                    Version = c.Version ?? upgrades.DefaultVersion,
                }))],
            SetsCustomStatus = outcome.SetsCustomStatus,
            CustomStatus = outcome.CustomStatus,
            End = outcome.End,
        };
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
