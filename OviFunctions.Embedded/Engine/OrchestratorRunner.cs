using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.DurableTask;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>Runs the code of an episode, and knows of code that goes on where it must not, or does not come back.</summary>
internal sealed class OrchestratorRunner(
    FunctionTable functions, OrchestrationExecutor executor, InstanceQueue queue, InFlight inFlight, Runaways runaways)
{
    /// <summary>Instances whose code went on in another thread, in which execution: they fail.</summary>
    private readonly ConcurrentDictionary<long, int> _strays = new();

    /// <summary>The execution of an instance whose code has gone on elsewhere, until that is forgotten.</summary>
    public int? StrayExecution(long key) => _strays.TryGetValue(key, out var execution) ? execution : null;

    public void ForgetStray(long key, int execution) => _strays.TryRemove(new(key, execution));

    /// <summary>What became of the code's new turn; a failure, where the code must not run or cannot.</summary>
    /// <param name="work">What is known of the instance.</param>
    /// <param name="turn">What is new.</param>
    /// <param name="isStray">Whether its code has gone on elsewhere.</param>
    /// <param name="mismatch">Why this host's code is not for the instance; null: it is.</param>
    public EpisodeOutcome Run(InstanceWork work, NewTurn turn, bool isStray, TaskFailureDetails? mismatch) =>
        mismatch is not null ? OrchestrationExecutor.Failed(mismatch)
        : work.IsTooLarge ? OrchestrationExecutor.TooLarge(work.Instance)
        : isStray ? OrchestrationExecutor.Strayed(work.Instance.Name)
        : Run(work, turn.At.UtcDateTime, turn.Inbound);

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
}
