using Microsoft.DurableTask.Client;

namespace OviFunctions.Embedded.Store;

/// <summary>Something that arrived for an instance and that its code has not seen.</summary>
internal sealed record InboxMessage(long Id, DateTimeOffset ReceivedAt, HistoryEvent Event);

/// <summary>What an episode starts from, read at one point in time and bounded by <see cref="InstanceLoad"/>.</summary>
/// <param name="Instance">The instance, with its input.</param>
/// <param name="Turns">The packed turns of the current execution, in order.</param>
/// <param name="Payloads">What the turns' events refer to.</param>
/// <param name="Inbox">The first messages in order of arrival, at most <see cref="InstanceStore.PageLimit"/>.</param>
/// <param name="Timers">Open timers.</param>
internal sealed record InstanceWork(
    InstanceRecord Instance,
    IReadOnlyList<byte[]> Turns,
    IReadOnlyDictionary<long, string> Payloads,
    IReadOnlyList<InboxMessage> Inbox,
    IReadOnlyList<TimerRecord> Timers)
{
    /// <summary>Whether messages are left for the next episode.</summary>
    public bool HasMoreMessages { get; init; }

    /// <summary>Whether the history is over <see cref="InstanceLoad.LargestHistory"/>: then there is only the instance.</summary>
    public bool IsTooLarge { get; init; }
}

/// <summary>An activity that waits to be run or is running.</summary>
internal sealed record ActivityRecord(long Id, long InstanceKey, string InstanceId, int TaskId, string Name, string? Input)
{
    /// <summary>How often the process has died while it ran.</summary>
    public int Crashes { get; init; }
}

/// <summary>Which instance an activity belongs to that waits to be run or is running.</summary>
internal readonly record struct OpenActivity(long Id, long InstanceKey);

/// <summary>When an instance has something to do; null: when something arrives.</summary>
internal sealed record WakeUp(long InstanceKey, DateTimeOffset? DueAt);

/// <summary>Which instances a page lists, in order of their ids.</summary>
/// <param name="CreatedFrom">Created at or after.</param>
/// <param name="CreatedTo">Created at or before.</param>
/// <param name="Statuses">In one of these; null: any.</param>
/// <param name="IdPrefix">Ids that begin so.</param>
/// <param name="AfterId">Where the last page ended.</param>
/// <param name="Limit">At most so many, 1 to <see cref="InstanceStore.PageLimit"/>; fewer if payloads are large. A page at the end is empty.</param>
/// <param name="WithPayloads">With input, output and custom status.</param>
/// <param name="IsHeld">Whether they must not be run; null: either.</param>
internal sealed record InstanceQuery(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IReadOnlyCollection<OrchestrationRuntimeStatus>? Statuses = null,
    string? IdPrefix = null,
    string? AfterId = null,
    int Limit = InstanceStore.PageLimit,
    bool WithPayloads = false,
    bool? IsHeld = null);
