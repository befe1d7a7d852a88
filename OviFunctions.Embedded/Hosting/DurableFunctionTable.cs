using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Discovery;
using OviFunctions.Embedded.Hosting.Invocation;

namespace OviFunctions.Embedded.Hosting;

/// <summary>Gives the engine the app's orchestrators and activities as it knows functions: by name, JSON in and out.</summary>
internal sealed class DurableFunctionTable(
    FunctionPipeline pipeline, IServiceScopeFactory scopes, HostSettings host, TimeProvider time, IOptions<JsonSerializerOptions> json)
{
    /// <summary>So long after its token was cancelled a function may still come to an end by itself.</summary>
    private static readonly TimeSpan TimeoutGrace = TimeSpan.FromSeconds(5);

    public FunctionTable Fill(FunctionCatalog catalog)
    {
        var table = new FunctionTable();
        foreach (var function in catalog.Functions)
        {
            if (function is OrchestratorFunction orchestrator)
                table.Orchestrators.Add(orchestrator.TaskName, context => RunAsync(orchestrator, context));
            else if (function is ActivityFunction activity)
                table.Activities.Add(activity.TaskName, (call, stopping) => RunAsync(activity, call, stopping));
        }

        return table;
    }

    /// <summary>
    /// One turn of an orchestrator. A turn that ends by waiting never gets past the function: the engine drops its task,
    /// and the scope goes with it.
    /// </summary>
    private async Task<string?> RunAsync(OrchestratorFunction function, TaskOrchestrationContext orchestration)
    {
        await using var scope = scopes.CreateAsyncScope();
        return Serialize(await pipeline.RunAsync(new InvocationContext(
            function.Code, orchestration, ImmutableDictionary<string, object?>.Empty, scope.ServiceProvider, CancellationToken.None)));
    }

    /// <summary>An activity that does not listen to its token cannot be stopped, but it fails, and holds nobody up any longer.</summary>
    /// <exception cref="TimeoutException">It runs longer than functionTimeout in host.json allows.</exception>
    private async Task<string?> RunAsync(ActivityFunction function, ActivityInvocation invocation, CancellationToken cancellationToken)
    {
        // On a thread of its own, because what does not listen may not await either.
        var run = Task.Run(() => InvokeAsync(function, invocation, cancellationToken), CancellationToken.None);
        if (host.FunctionTimeout == Timeout.InfiniteTimeSpan) return await run;
        try
        {
            return await run.WaitAsync(host.FunctionTimeout + TimeoutGrace, time, CancellationToken.None);
        }
        catch (TimeoutException) when (!run.IsCompleted)
        {
            throw new TimeoutException(
                $"Activity '{function.TaskName}' runs longer than functionTimeout in host.json allows ({host.FunctionTimeout}) and does not "
                + "listen to its CancellationToken. It counts as failed; what it still does is not undone.");
        }
    }

    private async Task<string?> InvokeAsync(ActivityFunction function, ActivityInvocation invocation, CancellationToken cancellationToken)
    {
        using var timeout = new FunctionTimeout(host.FunctionTimeout, time, cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var values = ImmutableDictionary<string, object?>.Empty.Add("instanceId", invocation.InstanceId);
        return Serialize(await pipeline.RunAsync(
            new InvocationContext(function.Code, invocation, values, scope.ServiceProvider, timeout.Token)));
    }

    private string? Serialize(object? output) => output is null ? null : JsonSerializer.Serialize(output, output.GetType(), json.Value);
}
