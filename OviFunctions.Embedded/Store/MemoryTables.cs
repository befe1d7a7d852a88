using Microsoft.DurableTask.Client;

namespace OviFunctions.Embedded.Store;

/// <summary>What <see cref="MemoryStore"/> holds, and the changes that several of its transactions share.</summary>
internal sealed class MemoryTables
{
    private readonly SortedDictionary<string, MemoryInstance> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<long, MemoryInstance> _byKey = [];
    private long _lastId;

    public SortedDictionary<long, ActivityRecord> Activities { get; } = [];

    public IEnumerable<MemoryInstance> All => _byId.Values;

    public MemoryInstance? Find(string id) => _byId.GetValueOrDefault(id);

    public MemoryInstance? Find(long key) => _byKey.GetValueOrDefault(key);

    public MemoryInstance Add(NewInstance instance, ParentLink? parent)
    {
        var added = new MemoryInstance(new InstanceRecord
        {
            Key = ++_lastId,
            Id = instance.Id,
            Name = instance.Name,
            Status = OrchestrationRuntimeStatus.Pending,
            Version = instance.Version,
            CreatedAt = instance.CreatedAt,
            UpdatedAt = instance.CreatedAt,
            StartAt = instance.StartAt,
            Parent = parent,
            Tags = instance.Tags,
            Input = instance.Input,
        });
        _byId.Add(instance.Id, added);
        _byKey.Add(added.Record.Key, added);
        return added;
    }

    public long Add(MemoryInstance instance, NewActivity activity)
    {
        var id = ++_lastId;
        Activities.Add(id, new(id, instance.Record.Key, instance.Record.Id, activity.TaskId, activity.Name, activity.Input));
        return id;
    }

    public void Append(MemoryInstance instance, HistoryEvent e, DateTimeOffset at) => instance.Inbox.Add(Message(instance, e, at));

    public void Send(OutgoingEvent e, DateTimeOffset at, List<long> woken)
    {
        if (Find(e.InstanceId) is not { } target || target.Record.Status.IsFinished()) return;
        Append(target, HistoryEvent.Raised(e.Name, e.Payload), at);
        woken.Add(target.Record.Key);
    }

    public void Start(MemoryInstance parent, ChildStart child, DateTimeOffset at, List<long> woken)
    {
        if (Find(child.Instance.Id) is { } old)
        {
            if (!old.Record.Status.IsFinished())
            {
                Append(parent, HistoryEvent.Completed(child.TaskId, InstanceStore.AlreadyExists(child.Instance.Id)), at);
                woken.Add(parent.Record.Key);
                return;
            }

            Delete(old);
        }

        var link = new ParentLink(parent.Record.Key, parent.Record.Id, parent.Record.Name, child.TaskId);
        woken.Add(Add(child.Instance, link).Record.Key);
    }

    public void End(MemoryInstance instance, ExecutionEnd end, DateTimeOffset at, List<long> woken)
    {
        switch (end)
        {
            case ExecutionEnd.Completed completed:
                instance.Record = instance.Record with { Status = OrchestrationRuntimeStatus.Completed, Output = completed.Output };
                Finish(instance, new TaskOutcome(completed.Output), at, woken);
                break;
            case ExecutionEnd.Failed failed:
                instance.Record = instance.Record with { Status = OrchestrationRuntimeStatus.Failed, Failure = failed.Failure };
                Finish(instance, new TaskOutcome(null, new TaskFailure(failed.Failure)), at, woken);
                break;
            case ExecutionEnd.ContinuedAsNew next:
                instance.Record = instance.Record with
                {
                    Execution = instance.Record.Execution + 1,
                    NextSequence = 0,
                    Input = next.Input,
                    Version = next.Version ?? instance.Record.Version,
                };
                instance.Turns.Clear();
                instance.Payloads.Clear();
                var waiting = instance.Inbox.Select(m => Message(instance, m.Event, m.ReceivedAt)).ToArray();
                instance.Inbox.Clear();
                instance.Inbox.AddRange(next.CarriedOver.Select(e => Message(instance, e, at)));
                instance.Inbox.AddRange(waiting);
                break;
        }
    }

    public void Terminate(MemoryInstance instance, string? output, DateTimeOffset at, List<long> woken)
    {
        instance.Record = instance.Record with
        {
            Status = OrchestrationRuntimeStatus.Terminated,
            Output = output,
            UpdatedAt = at,
            Held = null,
            Crashes = 0,
        };
        Finish(instance, InstanceStore.Terminated(instance.Record.Id, instance.Record.Name), at, woken);
    }

    public void Delete(MemoryInstance instance)
    {
        _byId.Remove(instance.Record.Id);
        _byKey.Remove(instance.Record.Key);
    }

    public IEnumerable<MemoryInstance> WithDescendants(MemoryInstance instance) =>
        _byKey.Values.Where(i => i.Record.Parent?.Key == instance.Record.Key).SelectMany(WithDescendants).Prepend(instance);

    private void Finish(MemoryInstance instance, TaskOutcome outcome, DateTimeOffset at, List<long> woken)
    {
        instance.Inbox.Clear();
        instance.Timers.Clear();
        foreach (var activity in Activities.Values.Where(a => a.InstanceKey == instance.Record.Key).ToArray())
            Activities.Remove(activity.Id);
        if (instance.Record.Parent is not { } link || Find(link.Key) is not { } parent || parent.Record.Status.IsFinished()) return;
        Append(parent, HistoryEvent.Completed(link.TaskId, outcome), at);
        woken.Add(link.Key);
    }

    private InboxMessage Message(MemoryInstance instance, HistoryEvent e, DateTimeOffset at)
    {
        long? payloadId = null;
        if (e.Payload is { } payload) instance.Payloads.Add((payloadId = ++_lastId).Value, payload);
        return new(++_lastId, at, e with { PayloadId = payloadId });
    }
}

/// <summary>An instance with its history, inbox and timers.</summary>
internal sealed class MemoryInstance(InstanceRecord record)
{
    public InstanceRecord Record { get; set; } = record;

    public List<byte[]> Turns { get; } = [];

    public Dictionary<long, string> Payloads { get; } = [];

    public List<InboxMessage> Inbox { get; } = [];

    public SortedDictionary<int, TimerRecord> Timers { get; } = [];

    /// <summary>The start if the execution has not begun, at once if something waits, else the next timer.</summary>
    public DateTimeOffset? DueAt() => Record.NextSequence == 0 ? Record.StartAt ?? DateTimeOffset.MinValue
        : Inbox.Count > 0 ? DateTimeOffset.MinValue
        : Timers.Count > 0 ? Timers.Values.Min(t => t.DueAt) : null;
}
