using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Azure.Functions.Worker;

namespace OviFunctions.Embedded.Hosting.Invocation;

/// <summary>One execution of a function, as the function and its middleware see it and as the host needs it.</summary>
/// <param name="code">The function.</param>
/// <param name="trigger">
/// What started it: <c>HttpRequest</c>, <c>TimerInfo</c>, <c>TaskOrchestrationContext</c> or <c>ActivityInvocation</c>.
/// </param>
/// <param name="bindingData">Values by name.</param>
/// <param name="services">The services of the execution's scope.</param>
/// <param name="cancellationToken">Cancelled when nobody waits for the result any more, or the time is up.</param>
internal sealed class InvocationContext(
    FunctionCode code,
    object trigger,
    IReadOnlyDictionary<string, object?> bindingData,
    IServiceProvider services,
    CancellationToken cancellationToken) : FunctionContext
{
    private static readonly RetryContext NoRetry = new NoRetries();

    public FunctionCode Code { get; } = code;

    public object Trigger { get; } = trigger;

    /// <summary>What the function returned.</summary>
    public object? Result { get; set; }

    public override string InvocationId => field ??= new Guid(RandomNumberGenerator.GetBytes(16)).ToString();

    public override string FunctionId => Code.Definition.Id;

    public override FunctionDefinition FunctionDefinition => Code.Definition;

    public override TraceContext TraceContext => field ??= new CurrentTrace(Activity.Current);

    public override BindingContext BindingContext => field ??= new NamedValues(bindingData);

    public override RetryContext RetryContext => NoRetry;

    public override IServiceProvider InstanceServices { get; set; } = services;

    public override IDictionary<object, object> Items
    {
        get => field ??= new Dictionary<object, object>();
        set;
    }

    public override IInvocationFeatures Features => field ??= new InvocationFeatures();

    public override CancellationToken CancellationToken { get; } = cancellationToken;

    private sealed class NamedValues(IReadOnlyDictionary<string, object?> values) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => values;
    }

    private sealed class CurrentTrace(Activity? activity) : TraceContext
    {
        public override string TraceParent { get; } = activity?.Id ?? "";

        public override string TraceState { get; } = activity?.TraceStateString ?? "";
    }

    private sealed class NoRetries : RetryContext
    {
        public override int RetryCount => 0;

        public override int MaxRetryCount => 0;
    }
}
