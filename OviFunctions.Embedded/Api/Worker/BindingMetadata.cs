namespace Microsoft.Azure.Functions.Worker;

/// <summary>A binding of a function: the parameter's name and the kind, for example <c>httpTrigger</c>.</summary>
public abstract class BindingMetadata
{
    public abstract string Name { get; }

    public abstract string Type { get; }

    public abstract BindingDirection Direction { get; }
}

/// <summary>Whether a binding brings something in or takes something out.</summary>
public enum BindingDirection
{
    In = 0,
    Out = 1,
}
