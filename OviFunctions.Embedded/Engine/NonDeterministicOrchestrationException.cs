using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>An orchestrator's replay asked for something else than its history records.</summary>
internal sealed class NonDeterministicOrchestrationException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Compares a turn's recorded actions with those of the replay: kind and name at each sequence id, none missing or left over.</summary>
    /// <exception cref="NonDeterministicOrchestrationException">They differ.</exception>
    public static void ThrowIfDifferent(
        InstanceRecord instance, int turn, IReadOnlyList<HistoryEvent> recorded, IReadOnlyList<OrchestratorAction> replayed)
    {
        for (var i = 0; i < Math.Max(recorded.Count, replayed.Count); i++)
        {
            var then = i < recorded.Count ? recorded[i] : null;
            var now = i < replayed.Count ? replayed[i].ToHistory() : null;
            if (then is not null && now is not null && then.Kind == now.Kind && then.TaskId == now.TaskId
                && string.Equals(then.Name, now.Name, StringComparison.OrdinalIgnoreCase)) continue;

            throw Differs(instance, $"in turn {turn} of", Describe(then), $"asked for {Describe(now)}");
        }
    }

    /// <summary>A timer that was cancelled never fires: a replay that left it open would wait for it for ever.</summary>
    /// <exception cref="NonDeterministicOrchestrationException">There is such a timer.</exception>
    public static void ThrowIfCancelled(InstanceRecord instance, IEnumerable<int> openInReplay)
    {
        foreach (var id in openInReplay) throw Differs(instance, "in", $"the end of the timer with sequence id {id}", "left it open");
    }

    /// <summary>
    /// A replay that asked for the same as a recorded turn and that has nothing durable left to wait for, where the history has further
    /// turns: it would end the instance, or leave it waiting.
    /// </summary>
    public static NonDeterministicOrchestrationException Ended(InstanceRecord instance, int turn, bool isEnded, Exception? thrown) => Differs(
        instance, $"in turn {turn} of", "that it goes on",
        !isEnded ? "waits for nothing durable" : thrown is null ? "ended" : $"ended with {thrown.GetType()}", thrown);

    private static NonDeterministicOrchestrationException Differs(
        InstanceRecord instance, string where, string recorded, string replayed, Exception? cause = null) => new(
        $"Orchestrator '{instance.Name}' is not deterministic: {where} instance '{instance.Id}' the history records {recorded}, but the "
        + $"replay {replayed}. Was the orchestrator's code changed after this instance had started, or does it use something that differs "
        + "from run to run (clock, random numbers, settings, input/output)?",
        cause);

    private static string Describe(HistoryEvent? action) => action is null ? "nothing more" : $"{action.Kind switch
    {
        HistoryEventKind.ActivityScheduled => $"activity '{action.Name}'",
        HistoryEventKind.SubOrchestrationScheduled => $"sub-orchestration '{action.Name}'",
        HistoryEventKind.TimerCreated => "a timer",
        _ => $"sending event '{action.Name}'",
    }} with sequence id {action.TaskId}";
}
