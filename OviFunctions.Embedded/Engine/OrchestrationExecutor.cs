using System.Text;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>What an episode came to.</summary>
/// <param name="Actions">What the code asked for in the new turn.</param>
/// <param name="CancelledTimers">Timers that it cancelled there.</param>
/// <param name="SetsCustomStatus">Whether it set a custom status in this execution.</param>
/// <param name="CustomStatus">That status as JSON.</param>
/// <param name="End">Null: the execution goes on.</param>
/// <param name="IsNonDeterministic">Whether it failed because this release's code does not go with the history.</param>
internal sealed record EpisodeOutcome(
    IReadOnlyList<OrchestratorAction> Actions,
    IReadOnlyList<int> CancelledTimers,
    bool SetsCustomStatus,
    string? CustomStatus,
    ExecutionEnd? End,
    bool IsNonDeterministic = false);

/// <summary>
/// Runs one episode of an orchestrator, on the calling thread: replays the recorded turns from the start, checking that the code asks
/// for the same things again, then plays the new turn.
/// </summary>
internal sealed class OrchestrationExecutor(DataConverter payloads, ILoggerFactory loggers)
{
    /// <summary>16 KB of UTF-16, as the Functions host has it.</summary>
    public const int CustomStatusLimit = 16 * 1024;

    private const string WentOnElsewhere = "its code went on in another thread";

    /// <param name="orchestrator">The code; null: no function of this name is registered.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="history">The turns of the current execution.</param>
    /// <param name="at">When the new turn begins (UTC); later than each recorded turn.</param>
    /// <param name="inbound">What the new turn is told.</param>
    /// <param name="isTimerOpen">Whether a timer of the recorded turns is still to fire.</param>
    /// <param name="onStray">Called, from any thread, when the code has gone on in another; also after this has returned.</param>
    public EpisodeOutcome Run(
        OrchestratorInvoker? orchestrator,
        InstanceRecord instance,
        IReadOnlyList<Turn> history,
        DateTime at,
        IReadOnlyList<HistoryEvent> inbound,
        Predicate<int> isTimerOpen,
        Action onStray)
    {
        if (orchestrator is null) return Failed(NotRegistered(instance.Name), isNonDeterministic: HasBegun(instance, history));
        using var thread = OrchestratorSynchronizationContext.Enter(onStray);
        var context = new OrchestrationContext(instance, payloads, loggers, thread);
        var episode = new Episode(orchestrator, context, thread);
        try
        {
            for (var i = 0; i < history.Count; i++)
            {
                context.BeginTurn(history[i].At, isReplaying: true);
                episode.Play(history[i].Inbound);
                NonDeterministicOrchestrationException.ThrowIfDifferent(instance, i, history[i].Actions, context.Actions.All);
                if (!episode.GoesOn) throw NonDeterministicOrchestrationException.Ended(instance, i, episode.IsEnded, episode.Thrown);
            }

            NonDeterministicOrchestrationException.ThrowIfCancelled(instance, context.OpenTimers.Where(id => !isTimerOpen(id)));
            context.BeginTurn(at, isReplaying: false);
            episode.Play(inbound);
            return Outcome(context, episode.End(payloads));
        }
        catch (Exception e)
        {
            return Failed(FailureLimit.Record(e), e is NonDeterministicOrchestrationException);
        }
    }

    /// <summary>The outcome for an instance whose code went on in another thread after its episode.</summary>
    public static EpisodeOutcome Strayed(string orchestrator) =>
        Failed(FailureLimit.Record(NotDurable(orchestrator, WentOnElsewhere)));

    /// <summary>The outcome for an instance whose history may not be loaded any more.</summary>
    public static EpisodeOutcome TooLarge(InstanceRecord instance) => Failed(new(
        "HistoryTooLarge",
        $"The history of orchestrator '{instance.Name}' ({instance.NextSequence} turns) has more than {InstanceLoad.LargestHistory} bytes, "
        + "which is the most that is replayed. Continue as new before it has grown so large, and put large data into Blob Storage.",
        null, null, null));

    public static EpisodeOutcome Failed(TaskFailureDetails failure, bool isNonDeterministic = false) =>
        new([], [], false, null, new ExecutionEnd.Failed(failure), isNonDeterministic);

    /// <summary>Whether it has something to lose: turns, those of an earlier execution, or those of its parent.</summary>
    private static bool HasBegun(InstanceRecord instance, IReadOnlyList<Turn> history) =>
        history.Count > 0 || instance is { Execution: > 0 } or { Parent: not null };

    private static TaskFailureDetails NotRegistered(string name) =>
        new("OrchestratorTaskNotFound", $"No orchestrator named '{name}' is registered in this host.", null, null, null);

    private static InvalidOperationException NotDurable(string orchestrator, string how) => new(
        $"Orchestrator '{orchestrator}' awaits a task that is not durable: {how}. It may await only tasks of its context (activities, "
        + "sub-orchestrations, timers, events) and Task.WhenAll or WhenAny of them. Other work belongs in an activity.");

    private EpisodeOutcome Outcome(OrchestrationContext context, ExecutionEnd? end)
    {
        var status = context.SetsCustomStatus ? payloads.Serialize(context.CustomStatus) : null;
        if (status is not null && Encoding.Unicode.GetByteCount(status) is > CustomStatusLimit and var size)
        {
            throw new InvalidOperationException(
                $"The custom status has {size} bytes as UTF-16 JSON, at most {CustomStatusLimit} are allowed. Put large data elsewhere.");
        }

        return new(context.Actions.All, context.CancelledTimers, context.SetsCustomStatus, status, end);
    }

    /// <summary>The orchestrator's code in flight, and the one switch over the history.</summary>
    private sealed class Episode(OrchestratorInvoker orchestrator, OrchestrationContext context, OrchestratorSynchronizationContext thread)
    {
        private Task<string?>? _run;

        /// <summary>Whether the code has returned or thrown.</summary>
        public bool IsEnded => _run is { IsCompleted: true };

        public Exception? Thrown => _run?.Exception?.InnerException;

        /// <summary>Whether the execution has something durable to wait for, as it has after each turn but its last.</summary>
        public bool GoesOn => context.HasOpenTasks || (!IsEnded && context.AwaitsEvent);

        public void Play(IReadOnlyList<HistoryEvent> inbound)
        {
            foreach (var e in inbound)
            {
                switch (e.Kind)
                {
                    case HistoryEventKind.ExecutionStarted:
                        _run = RunAsync();
                        break;
                    case HistoryEventKind.TaskCompleted:
                        context.CompleteTask(e.TaskId, new TaskOutcome(e.Payload));
                        break;
                    case HistoryEventKind.TaskFailed:
                        context.CompleteTask(e.TaskId, new TaskOutcome(null, e.Failure));
                        break;
                    case HistoryEventKind.TimerFired:
                        context.CompleteTask(e.TaskId, default);
                        break;
                    case HistoryEventKind.EventRaised:
                        context.RaiseEvent(e);
                        break;
                    default:
                        throw new InvalidOperationException($"A history tells an orchestrator of '{e.Kind}', which does not happen to it.");
                }

                thread.Drain();
            }
        }

        /// <summary>How the execution ended; null: it goes on.</summary>
        public ExecutionEnd? End(DataConverter payloads)
        {
            if (thread.LeftThread) throw NotDurable(context.Name, WentOnElsewhere);
            context.Actions.ThrowIfFull();
            if (GoesOn) return null;
            if (_run is not { IsCompleted: true }) throw NotDurable(context.Name, "it waits, but for no durable task");
            if (!_run.IsCompletedSuccessfully)
            {
                var thrown = _run.Exception?.InnerException ?? new TaskCanceledException(_run);
                return new ExecutionEnd.Failed(FailureLimit.Record(thrown));
            }

            if (context.Continuation is not { } next)
                return new ExecutionEnd.Completed(PayloadLimit.Checked(_run.Result, $"The output of orchestrator '{context.Name}'"));
            var input = PayloadLimit.Checked(payloads.Serialize(next.NewInput), $"The input of orchestrator '{context.Name}', continued as new,");
            PayloadLimit.ThrowIfTooLong(next.NewVersion, "a version");
            return new ExecutionEnd.ContinuedAsNew(input, context.CarryOver())
            {
                Version = string.IsNullOrWhiteSpace(next.NewVersion) ? null : next.NewVersion,
            };
        }

        /// <summary>Comes back to the orchestrator's thread by its own await, so that an end on another thread is noticed.</summary>
        private async Task<string?> RunAsync() => await orchestrator(context);
    }
}
