using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>The turn that an episode adds to a history: when it begins, what its code is told, and what it then changes.</summary>
internal sealed class NewTurn
{
    private readonly InstanceWork _work;
    private readonly TimerRecord[] _due;

    public NewTurn(InstanceWork work, DateTimeOffset now)
    {
        _work = work;
        At = TurnTime(work.Instance, now);

        // Messages that are left for the next episode come before timers that were due after them.
        var until = work.HasMoreMessages && work.Inbox[^1].ReceivedAt < At ? work.Inbox[^1].ReceivedAt : At;
        _due = [.. work.Timers.Where(t => t.DueAt <= until).OrderBy(t => t.DueAt).ThenBy(t => t.TaskId)];
        Inbound = Tell(work.Instance, work.Inbox, _due);
    }

    public DateTimeOffset At { get; }

    /// <summary>Whether the instance is to start later than this.</summary>
    public bool IsBeforeStart => _work.Instance.NextSequence == 0 && _work.Instance.StartAt > At;

    /// <summary>What the code is told; empty: nothing is new.</summary>
    public IReadOnlyList<HistoryEvent> Inbound { get; }

    /// <summary>All that the turn changes.</summary>
    /// <param name="outcome">What the code asked for.</param>
    /// <param name="defaultVersion">Of sub-orchestrations that are started without one.</param>
    public EpisodeCommit Commit(EpisodeOutcome outcome, string defaultVersion)
    {
        var actions = outcome.Actions;
        return new EpisodeCommit
        {
            InstanceKey = _work.Instance.Key,
            Execution = _work.Instance.Execution,
            Sequence = _work.Instance.NextSequence,
            TurnAt = At,
            Turn = new Turn(At.UtcDateTime, Inbound, [.. actions.Select(a => a.ToHistory())]).Pack(),
            ConsumedMessages = [.. _work.Inbox.Select(m => m.Id)],
            ClosedTimers = [.. _due.Select(t => t.TaskId).Union(outcome.CancelledTimers)],
            Activities = [.. actions.OfType<OrchestratorAction.CallActivity>().Select(a => new NewActivity(a.SequenceId, a.Name, a.Input))],
            Timers = [.. actions.OfType<OrchestratorAction.CreateTimer>().ExceptBy(outcome.CancelledTimers, t => t.SequenceId)
                .Select(t => new TimerRecord(t.SequenceId, new DateTimeOffset(t.DueAt)))],
            Events = [.. actions.OfType<OrchestratorAction.SendEvent>().Select(e => new OutgoingEvent(e.InstanceId, e.Name, e.Payload))],
            Children = [.. actions.OfType<OrchestratorAction.CallSubOrchestrator>()
                .Select(c => new ChildStart(c.SequenceId, new NewInstance(c.InstanceId, c.Name, c.Input, At, null, c.Tags)
                {
                    Version = c.Version ?? defaultVersion,
                }))],
            SetsCustomStatus = outcome.SetsCustomStatus,
            CustomStatus = outcome.CustomStatus,
            End = outcome.End,
        };
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

    /// <summary>
    /// Messages in order of arrival, and each due timer before the messages that came after its time: after a long stop the race
    /// between an event and a timer ends as it would have ended without.
    /// </summary>
    private static List<HistoryEvent> Tell(InstanceRecord instance, IReadOnlyList<InboxMessage> inbox, TimerRecord[] due)
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
}
