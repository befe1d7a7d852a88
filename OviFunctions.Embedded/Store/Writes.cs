using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace OviFunctions.Embedded.Store;

/// <summary>An instance to create, top-level or as a sub-orchestration.</summary>
internal sealed record NewInstance(
    string Id,
    string Name,
    string? Input,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartAt,
    IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>The version that it is stamped with; empty: unversioned.</summary>
    public string Version { get; init; } = "";
}

/// <summary>An activity to run for an instance.</summary>
internal sealed record NewActivity(int TaskId, string Name, string? Input);

/// <summary>A durable timer of an instance.</summary>
internal sealed record TimerRecord(int TaskId, DateTimeOffset DueAt);

/// <summary>An event for another instance; one that is unknown or finished does not get it.</summary>
internal sealed record OutgoingEvent(string InstanceId, string Name, string? Payload);

/// <summary>A sub-orchestration to start; the parent's task is the one with this id.</summary>
internal sealed record ChildStart(int TaskId, NewInstance Instance);

/// <summary>How an episode ended its execution.</summary>
internal abstract record ExecutionEnd
{
    internal sealed record Completed(string? Output) : ExecutionEnd;

    internal sealed record Failed(TaskFailureDetails Failure) : ExecutionEnd;

    /// <summary>Starts over with an empty history; <paramref name="CarriedOver"/> are events that nobody took.</summary>
    internal sealed record ContinuedAsNew(string? Input, IReadOnlyList<HistoryEvent> CarriedOver) : ExecutionEnd
    {
        /// <summary>The new execution's version; null: that of the old one.</summary>
        public string? Version { get; init; }
    }
}

/// <summary>All that one episode changes, committed as a whole or not at all.</summary>
internal sealed record EpisodeCommit
{
    public required long InstanceKey { get; init; }

    /// <summary>With <see cref="Sequence"/> the guard: the commit counts only if this is the instance's next turn.</summary>
    public required int Execution { get; init; }

    public required int Sequence { get; init; }

    public required DateTimeOffset TurnAt { get; init; }

    /// <summary>The turn's events, packed.</summary>
    public required byte[] Turn { get; init; }

    public IReadOnlyList<long> ConsumedMessages { get; init; } = [];

    /// <summary>Task ids of timers that fired or were cancelled.</summary>
    public IReadOnlyList<int> ClosedTimers { get; init; } = [];

    public IReadOnlyList<NewActivity> Activities { get; init; } = [];

    public IReadOnlyList<TimerRecord> Timers { get; init; } = [];

    public IReadOnlyList<OutgoingEvent> Events { get; init; } = [];

    public IReadOnlyList<ChildStart> Children { get; init; } = [];

    /// <summary>Whether the code set a custom status in this execution; if not, the last one stays.</summary>
    public bool SetsCustomStatus { get; init; }

    public string? CustomStatus { get; init; }

    /// <summary>Null: the execution goes on.</summary>
    public ExecutionEnd? End { get; init; }
}

/// <summary>What an episode's commit led to.</summary>
/// <param name="Committed">False: the instance was ended or replaced meanwhile, nothing was written.</param>
/// <param name="Activities">Ids of the activities that wait to be run.</param>
/// <param name="Woken">Keys of other instances that have something to do.</param>
internal sealed record EpisodeResult(bool Committed, IReadOnlyList<long> Activities, IReadOnlyList<long> Woken)
{
    public static readonly EpisodeResult Superseded = new(false, [], []);
}

/// <summary>What became of a start.</summary>
/// <param name="Created">False: an instance with this id exists in a blocking status.</param>
/// <param name="Existing">The status of that instance.</param>
/// <param name="Woken">Keys of instances that have something to do.</param>
internal sealed record CreateResult(bool Created, OrchestrationRuntimeStatus? Existing, IReadOnlyList<long> Woken);

/// <summary>Whether a message found its instance.</summary>
internal enum Delivery
{
    Accepted,
    UnknownInstance,
    FinishedInstance,
}

/// <summary>What became of a message to an instance.</summary>
/// <param name="Delivery">Whether it found it.</param>
/// <param name="Woken">Keys of instances that have something to do.</param>
/// <param name="Changed">Ids of instances whose status changed.</param>
internal sealed record DeliveryResult(Delivery Delivery, IReadOnlyList<long> Woken, IReadOnlyList<string> Changed)
{
    public static readonly DeliveryResult Unknown = new(Delivery.UnknownInstance, [], []);
    public static readonly DeliveryResult Finished = new(Delivery.FinishedInstance, [], []);
}
