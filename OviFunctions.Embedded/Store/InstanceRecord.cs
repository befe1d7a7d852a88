using System.Collections.Immutable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace OviFunctions.Embedded.Store;

/// <summary>The current state of an instance.</summary>
internal sealed record InstanceRecord
{
    /// <summary>Never used twice: an instance that replaces another of the same id has its own.</summary>
    public required long Key { get; init; }

    public required string Id { get; init; }

    public required string Name { get; init; }

    public required OrchestrationRuntimeStatus Status { get; init; }

    /// <summary>What it was stamped with at its start; empty: unversioned.</summary>
    public string Version { get; init; } = "";

    /// <summary>Why it was last found that it must not be run; null: it runs.</summary>
    public string? Held { get; init; }

    /// <summary>How often the process has died in an episode since the last one that was committed.</summary>
    public int Crashes { get; init; }

    /// <summary>How often the instance has continued as new.</summary>
    public int Execution { get; init; }

    /// <summary>The sequence of the turn to come; 0: the current execution has not begun.</summary>
    public int NextSequence { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When the last turn began; null before the first.</summary>
    public DateTimeOffset? TurnAt { get; init; }

    /// <summary>Not before; null: at once.</summary>
    public DateTimeOffset? StartAt { get; init; }

    public ParentLink? Parent { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    public string? Input { get; init; }

    public string? Output { get; init; }

    public string? CustomStatus { get; init; }

    public TaskFailureDetails? Failure { get; init; }
}

/// <summary>The names of an instance that is held, for whoever raises the alarm.</summary>
internal sealed record HeldInstance(string Id, string Name);

/// <summary>The orchestration that waits for a sub-orchestration, and the task there.</summary>
internal sealed record ParentLink(long Key, string Id, string Name, int TaskId);

/// <summary>Which statuses mean that work is or is not left.</summary>
internal static class RuntimeStatuses
{
    public static readonly IReadOnlyList<OrchestrationRuntimeStatus> Finished =
        [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

    public static readonly IReadOnlyList<OrchestrationRuntimeStatus> Unfinished =
        [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended];

    public static bool IsFinished(this OrchestrationRuntimeStatus status) => Finished.Contains(status);
}
