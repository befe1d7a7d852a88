using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Bench;

/// <summary>The engine in this process, on a file of its own.</summary>
internal static class BenchEngine
{
    public static async Task<OrchestrationEngine> StartAsync(FunctionTable functions, EngineOptions options, JsonSerializerOptions? json = null)
    {
        var engine = new OrchestrationEngine(
            functions, options, InstanceStore.Create(options), TimeProvider.System, NullLoggerFactory.Instance, json ?? JsonSerializerOptions.Default);
        await engine.StartAsync(CancellationToken.None);
        return engine;
    }
}
