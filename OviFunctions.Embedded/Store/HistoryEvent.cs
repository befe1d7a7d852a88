using System.Text.Json.Serialization;
using Microsoft.DurableTask;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Embedded.Store;

/// <summary>
/// The kinds of a history event: first what happened to an instance, then what its code asked for. Names and numbers are in
/// databases: add at the end only.
/// </summary>
internal enum HistoryEventKind
{
    ExecutionStarted,
    TaskCompleted,
    TaskFailed,
    TimerFired,
    EventRaised,

    ActivityScheduled,
    SubOrchestrationScheduled,
    TimerCreated,
    EventSent,
}

/// <summary>One entry of an instance's history. Tasks are activities and sub-orchestrations alike.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="TaskId">The sequence id of the action that it is or answers; 0 for a start and for a raised event.</param>
/// <param name="Name">Name of the activity, orchestrator or event.</param>
/// <param name="PayloadId">Where the store keeps <see cref="Payload"/>; given by the store.</param>
/// <param name="Failure">Why the task failed.</param>
internal sealed record HistoryEvent(
    HistoryEventKind Kind, int TaskId = 0, string? Name = null, long? PayloadId = null, TaskFailure? Failure = null)
{
    /// <summary>The result or the event's data, as JSON; null is none. Kept apart from the event, so that it is stored once.</summary>
    [JsonIgnore]
    public string? Payload { get; init; }

    /// <summary>Bytes of its texts as UTF-8.</summary>
    [JsonIgnore]
    public long Size => PayloadLimit.SizeOf(Name, Payload) + SizeOf(Failure?.Details);

    public static HistoryEvent Completed(int taskId, TaskOutcome outcome) => outcome.Failure is { } failure
        ? new(HistoryEventKind.TaskFailed, taskId, Failure: failure)
        : new(HistoryEventKind.TaskCompleted, taskId) { Payload = outcome.Result };

    public static HistoryEvent Raised(string name, string? payload) => new(HistoryEventKind.EventRaised, Name: name) { Payload = payload };

    private static long SizeOf(TaskFailureDetails? failure) => failure is null ? 0
        : PayloadLimit.SizeOf(failure.ErrorType, failure.ErrorMessage, failure.StackTrace) + SizeOf(failure.InnerFailure);
}

/// <summary>A task's failure. One that is not retriable would fail the same way again, such as an unknown activity.</summary>
internal sealed record TaskFailure(TaskFailureDetails Details, bool IsNonRetriable = false);

/// <summary>How a task ended: with a failure, or with a result as JSON (null is none).</summary>
internal readonly record struct TaskOutcome(string? Result, TaskFailure? Failure = null);
