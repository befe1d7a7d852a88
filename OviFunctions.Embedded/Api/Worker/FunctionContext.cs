namespace Microsoft.Azure.Functions.Worker;

/// <summary>One execution of a function.</summary>
public abstract class FunctionContext
{
    /// <summary>Unique to this execution.</summary>
    public abstract string InvocationId { get; }

    /// <summary>Unique to the function, the same in each execution.</summary>
    public abstract string FunctionId { get; }

    public abstract TraceContext TraceContext { get; }

    public abstract BindingContext BindingContext { get; }

    public abstract RetryContext RetryContext { get; }

    /// <summary>The services of this execution's scope.</summary>
    public abstract IServiceProvider InstanceServices { get; set; }

    public abstract FunctionDefinition FunctionDefinition { get; }

    /// <summary>What middleware and function share within this execution.</summary>
    public abstract IDictionary<object, object> Items { get; set; }

    public abstract IInvocationFeatures Features { get; }

    public virtual CancellationToken CancellationToken { get; } = CancellationToken.None;
}
