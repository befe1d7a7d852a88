using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting.Discovery;
using OviFunctions.Embedded.Hosting.Http;
using OviFunctions.Embedded.Hosting.Timers;

namespace OviFunctions.Embedded.Hosting;

/// <summary>
/// Starts and stops the host's parts in order. Start: the port is bound (by the web server, before), engine, timers,
/// requests. Stop: requests, timers, the web server (when its last request has ended), engine.
/// </summary>
internal sealed partial class EmbeddedHostService(
    FunctionCatalog catalog,
    OrchestrationEngine engine,
    TimerHost timers,
    IntakeGate gate,
    IServer server,
    IOptions<EmbeddedHostOptions> options,
    ILogger<EmbeddedHostService> logger) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        await engine.StartAsync(cancellationToken);
        if (!options.Value.Drain) timers.Start();
        gate.Open();
        LogFunctions();
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        gate.Close();
        return timers.StopAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>In the engine's own time, also where the last requests have used up the host's.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => engine.StopAsync();

    private void LogFunctions()
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "";
        foreach (var function in catalog.Functions)
        {
            var trigger = Describe(function, address);
            LogFunction(function.Name, trigger);
        }

        LogStarted(address, catalog.Functions.Count);
    }

    private static string Describe(FunctionEntry function, string address) => function switch
    {
        HttpFunction http => $"[{(http.Methods.Count == 0 ? "*" : string.Join(',', http.Methods))}] {address}/{http.Route.RawText}",
        TimerFunction timer => $"timerTrigger {timer.Schedule.Expression}",
        OrchestratorFunction => "orchestrationTrigger",
        _ => "activityTrigger",
    };

    [LoggerMessage(1, LogLevel.Information, "{Function}: {Trigger}")]
    private partial void LogFunction(string function, string trigger);

    [LoggerMessage(2, LogLevel.Information, "Listening on {Address} with {Count} functions.")]
    private partial void LogStarted(string address, int count);
}
