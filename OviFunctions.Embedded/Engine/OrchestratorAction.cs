using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>Something that an orchestrator asked for. Sequence ids count from 0 in the order of the calls.</summary>
internal abstract record OrchestratorAction(int SequenceId)
{
    /// <summary>The action as the history records it: kind and name must be the same in each replay.</summary>
    public abstract HistoryEvent ToHistory();

    /// <summary>Bytes of its texts as UTF-8.</summary>
    public virtual long Size => 0;

    internal sealed record CallActivity(int SequenceId, string Name, string? Input) : OrchestratorAction(SequenceId)
    {
        public override HistoryEvent ToHistory() => new(HistoryEventKind.ActivityScheduled, SequenceId, Name);

        public override long Size => PayloadLimit.SizeOf(Name, Input);
    }

    internal sealed record CallSubOrchestrator(
        int SequenceId, string Name, string InstanceId, string? Input, IReadOnlyDictionary<string, string> Tags, string? Version)
        : OrchestratorAction(SequenceId)
    {
        public override HistoryEvent ToHistory() => new(HistoryEventKind.SubOrchestrationScheduled, SequenceId, Name);

        public override long Size => PayloadLimit.SizeOf(Name, InstanceId, Input, Version) + PayloadLimit.SizeOf(Tags);
    }

    internal sealed record CreateTimer(int SequenceId, DateTime DueAt) : OrchestratorAction(SequenceId)
    {
        public override HistoryEvent ToHistory() => new(HistoryEventKind.TimerCreated, SequenceId);
    }

    internal sealed record SendEvent(int SequenceId, string InstanceId, string Name, string? Payload) : OrchestratorAction(SequenceId)
    {
        public override HistoryEvent ToHistory() => new(HistoryEventKind.EventSent, SequenceId, Name);

        public override long Size => PayloadLimit.SizeOf(InstanceId, Name, Payload);
    }
}
