using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Hosting;

/// <summary>Where the host was started with <c>--drain</c>: ends it when no orchestration runs any more.</summary>
internal sealed partial class Drain(
    OrchestrationEngine engine,
    IOptions<EmbeddedHostOptions> options,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<Drain> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Drain) return;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        LogDraining();
        while (await MayWorkAsync(stoppingToken)) await Task.Delay(Pause, time, stoppingToken);
        LogDrained();
        lifetime.StopApplication();
    }

    private async Task<bool> MayWorkAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await engine.HasWorkAsync(cancellationToken);
        }
        catch (InstanceStoreException)
        {
            return true; // not known while the database cannot be read
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Draining: nothing new is started, and the host ends when no orchestration runs any more")]
    private partial void LogDraining();

    [LoggerMessage(2, LogLevel.Information, "Drained: no orchestration runs any more")]
    private partial void LogDrained();
}
