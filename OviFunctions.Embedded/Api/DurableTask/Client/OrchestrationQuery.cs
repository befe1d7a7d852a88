namespace Microsoft.DurableTask.Client;

/// <summary>Which instances a query lists.</summary>
/// <param name="CreatedFrom">Created at or after.</param>
/// <param name="CreatedTo">Created at or before.</param>
/// <param name="Statuses">In one of these statuses; null: any.</param>
/// <param name="TaskHubNames">Of these task hubs; there is only one here.</param>
/// <param name="InstanceIdPrefix">Ids that begin with this, case matters.</param>
/// <param name="PageSize">Instances a page.</param>
/// <param name="FetchInputsAndOutputs">With inputs, outputs and custom statuses.</param>
/// <param name="ContinuationToken">Where the last page ended; null: from the start.</param>
public record OrchestrationQuery(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IEnumerable<OrchestrationRuntimeStatus>? Statuses = null,
    IEnumerable<string>? TaskHubNames = null,
    string? InstanceIdPrefix = null,
    int PageSize = OrchestrationQuery.DefaultPageSize,
    bool FetchInputsAndOutputs = false,
    string? ContinuationToken = null)
{
    public const int DefaultPageSize = 100;
}
