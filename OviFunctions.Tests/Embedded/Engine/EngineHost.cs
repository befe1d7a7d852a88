using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>An engine with functions given as lambdas; may be stopped and started again on the same database.</summary>
internal sealed class EngineHost(EngineOptions options, TimeProvider time, ILoggerFactory? loggers = null) : IAsyncDisposable
{
    /// <summary>What the Functions worker uses.</summary>
    public static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };

    private OrchestrationEngine? _engine;

    /// <summary>Something to put between the engine and its store.</summary>
    public Func<IInstanceStore, IInstanceStore> WrapStore { get; init; } = store => store;

    /// <summary>Measures commits and episodes; not the engine's clock, as commits take their time also when that is moved.</summary>
    public TimeProvider Stopwatch { get; init; } = TimeProvider.System;

    public FunctionTable Functions { get; } = new();

    public OrchestrationEngine Engine => _engine ?? throw new InvalidOperationException("Not started.");

    public DurableTaskClient Client => new EmbeddedDurableTaskClient(Engine);

    public EngineHost Orchestrator<T>(string name, Func<TaskOrchestrationContext, Task<T>> code)
    {
        Functions.Orchestrators[name] = async context => JsonText(await code(context));
        return this;
    }

    public EngineHost Orchestrator(string name, Func<TaskOrchestrationContext, Task> code)
    {
        Functions.Orchestrators[name] = async context =>
        {
            await code(context);
            return null;
        };
        return this;
    }

    public EngineHost Activity<TIn, TOut>(string name, Func<TIn, TOut> code) => Activity<TIn, TOut>(name, (input, _) => Task.FromResult(code(input)));

    public EngineHost Activity<TIn, TOut>(string name, Func<TIn, CancellationToken, Task<TOut>> code)
    {
        Functions.Activities[name] = async (invocation, cancellation) =>
            JsonText(await code(invocation.Input is null ? default! : JsonSerializer.Deserialize<TIn>(invocation.Input, Json)!, cancellation));
        return this;
    }

    public async Task<EngineHost> StartAsync()
    {
        _engine = new OrchestrationEngine(
            Functions, options, WrapStore(InstanceStore.Create(options, Stopwatch)), time, loggers ?? NullLoggerFactory.Instance, Json,
            Stopwatch);
        await _engine.StartAsync(default);
        return this;
    }

    public async Task StopAsync()
    {
        await Engine.StopAsync();
        await Engine.DisposeAsync();
        _engine = null;
    }

    /// <summary>Starts an orchestration and waits for its end.</summary>
    public async Task<OrchestrationMetadata> RunAsync(string name, object? input = null, string? id = null) =>
        await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(id)));

    public Task<OrchestrationMetadata> EndAsync(string id) =>
        Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true).WaitAsync(TimeSpan.FromSeconds(20));

    public async Task<OrchestrationMetadata> GetAsync(string id) =>
        await Client.GetInstanceAsync(id, getInputsAndOutputs: true) ?? throw new InvalidOperationException($"There is no instance '{id}'.");

    /// <summary>Waits for a condition that nothing announces.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition()) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
    }

    public Task UntilStatusAsync(string id, string status) =>
        UntilAsync(async () => (await GetAsync(id)).SerializedCustomStatus == JsonText(status));

    public async ValueTask DisposeAsync()
    {
        if (_engine is { } engine) await engine.DisposeAsync();
    }

    private static string? JsonText(object? value) => value is null ? null : JsonSerializer.Serialize(value, Json);
}
