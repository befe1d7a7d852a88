using System.Text.Json;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Discovery;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Hosting;

/// <summary>The engine among the host's services.</summary>
internal static class EngineServices
{
    private const string TestSwitches = EmbeddedHostOptions.Section + ":TestSwitches";

    public static void AddEngine(this IServiceCollection services)
    {
        services.AddSingleton(ReadOptions);
        services.AddSingleton<DurableFunctionTable>();
        services.AddSingleton(CreateEngine);
        services.AddSingleton<DurableTaskClient, EmbeddedDurableTaskClient>();
        services.AddHealthChecks().AddCheck<EngineHealthCheck>("engine");
    }

    private static EngineOptions ReadOptions(IServiceProvider services)
    {
        var host = services.GetRequiredService<HostSettings>();
        var options = new EngineOptions { DatabasePath = services.GetRequiredService<DatabaseLocation>().Path };
        return options with
        {
            MaxConcurrentActivities = host.MaxConcurrentActivities ?? options.MaxConcurrentActivities,
            MaxConcurrentOrchestrations = host.MaxConcurrentOrchestrators ?? options.MaxConcurrentOrchestrations,
            Upgrades = host.Upgrades,
            Drains = services.GetRequiredService<IOptions<EmbeddedHostOptions>>().Value.Drain,
            Retention = host.Retention,
            TestSwitches = ReadTestSwitches(services.GetRequiredService<IConfiguration>()),
        };
    }

    private static EngineTestSwitches ReadTestSwitches(IConfiguration configuration)
    {
        var switches = configuration.GetSection(TestSwitches).Get<EngineTestSwitches>() ?? new();
        return switches is { KillBeforeCommit: null, KillAfterCommit: null }
            ? switches
            : switches with { OnCommit = new CommitKill(switches.KillBeforeCommit, switches.KillAfterCommit).OnCommit };
    }

    private static OrchestrationEngine CreateEngine(IServiceProvider services)
    {
        var options = services.GetRequiredService<EngineOptions>();
        return new OrchestrationEngine(
            services.GetRequiredService<DurableFunctionTable>().Fill(services.GetRequiredService<FunctionCatalog>()),
            options,
            InstanceStore.Create(options),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>(),
            services.GetRequiredService<IOptions<JsonSerializerOptions>>().Value);
    }
}
