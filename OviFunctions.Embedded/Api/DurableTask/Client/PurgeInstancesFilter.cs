namespace Microsoft.DurableTask.Client;

/// <summary>Which finished instances are purged.</summary>
/// <param name="CreatedFrom">Created at or after.</param>
/// <param name="CreatedTo">Created at or before.</param>
/// <param name="Statuses">In one of these statuses; null: any finished one.</param>
public record PurgeInstancesFilter(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IEnumerable<OrchestrationRuntimeStatus>? Statuses = null)
{
    /// <summary>Stop after this time and say in <see cref="PurgeResult.IsComplete"/> that more is left; null: no limit.</summary>
    public TimeSpan? Timeout { get; init; }
}
