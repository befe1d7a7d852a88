using System.Collections.Immutable;

namespace Microsoft.DurableTask;

/// <summary>How a top-level orchestration is started.</summary>
public record StartOrchestrationOptions
{
    /// <param name="InstanceId">The new instance's id; null: 32 random hexadecimal digits.</param>
    /// <param name="StartAt">Not before this time; null: at once.</param>
    public StartOrchestrationOptions(string? InstanceId = null, DateTimeOffset? StartAt = null)
    {
        this.InstanceId = InstanceId;
        this.StartAt = StartAt;
    }

    public StartOrchestrationOptions(StartOrchestrationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        InstanceId = options.InstanceId;
        StartAt = options.StartAt;
        Tags = options.Tags;
        Version = options.Version;
        DedupeStatuses = options.DedupeStatuses;
    }

    public string? InstanceId { get; init; }

    public DateTimeOffset? StartAt { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    public TaskVersion? Version { get; init; }

    /// <summary>
    /// Names of <c>OrchestrationRuntimeStatus</c>: an instance with this id in one of them makes the start fail, in any
    /// other it is replaced. Null: an unfinished one makes it fail, a finished one is replaced.
    /// </summary>
    public IReadOnlyList<string>? DedupeStatuses { get; init; }
}
