namespace OviFunctions.Embedded.Engine;

/// <summary>Runs an orchestrator's code once, from its start. The result is the output as JSON; null is no output.</summary>
internal delegate Task<string?> OrchestratorInvoker(Microsoft.DurableTask.TaskOrchestrationContext context);

/// <summary>Runs an activity once. The result is the output as JSON; null is no output.</summary>
internal delegate Task<string?> ActivityInvoker(ActivityInvocation invocation, CancellationToken cancellationToken);

/// <summary>One execution of an activity: its name, the calling instance, the task's id there, the input as JSON.</summary>
internal sealed record ActivityInvocation(string Name, string InstanceId, int TaskId, string? Input);

/// <summary>The functions that an engine may run, by name without regard to case. Filled by the host's discovery.</summary>
internal sealed class FunctionTable
{
    public Dictionary<string, OrchestratorInvoker> Orchestrators { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<string, ActivityInvoker> Activities { get; } = new(StringComparer.OrdinalIgnoreCase);
}
