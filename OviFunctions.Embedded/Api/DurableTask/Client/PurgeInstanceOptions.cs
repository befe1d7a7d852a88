namespace Microsoft.DurableTask.Client;

/// <summary>How an instance is purged.</summary>
/// <param name="Recursive">Its finished sub-orchestrations too.</param>
public record PurgeInstanceOptions(bool Recursive = false);
