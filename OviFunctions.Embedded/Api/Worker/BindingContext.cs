namespace Microsoft.Azure.Functions.Worker;

/// <summary>What the trigger brought along by name: route values, an activity's <c>instanceId</c>.</summary>
public abstract class BindingContext
{
    public abstract IReadOnlyDictionary<string, object?> BindingData { get; }
}
