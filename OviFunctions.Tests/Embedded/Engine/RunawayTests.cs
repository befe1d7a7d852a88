using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>Orchestrators whose code does not come back; here it blocks, so that the test needs no processor.</summary>
public sealed class RunawayTests : IAsyncLifetime
{
    private readonly ManualResetEventSlim _back = new();
    private readonly ManualTimeProvider _stopwatch = new();
    private readonly LogRecorder _log = new();
    private readonly ConcurrentBag<bool> _ranOnPool = [];
    private readonly ILoggerFactory _loggers;
    private readonly EngineHost _host;

    public RunawayTests()
    {
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));
        _host = new EngineHost(new EngineOptions { MaxConcurrentOrchestrations = Runaways + 1 }, new ManualTimeProvider(), _loggers) { Stopwatch = _stopwatch }
            .Orchestrator("Runaway", context =>
            {
                _ranOnPool.Add(Thread.CurrentThread.IsThreadPoolThread);
                _back.Wait();
                return Task.FromResult("back");
            })
            .Orchestrator("Quick", async context =>
            {
                await context.CallActivityAsync("Work");
                return "quick";
            })
            .Activity<string, string>("Work", _ => "");
    }

    private static int Runaways => Environment.ProcessorCount + 2;

    public Task InitializeAsync() => _host.StartAsync();

    public async Task DisposeAsync()
    {
        _back.Set();
        await _host.DisposeAsync();
        _loggers.Dispose();
        _back.Dispose();
    }

    [Fact]
    public async Task MoreRunawaysThanProcessors_OthersGoOnAndThePoolKeepsItsThreads()
    {
        await StartRunawaysAsync();

        Assert.Equal("quick", (await _host.RunAsync("Quick")).ReadOutputAs<string>());
        Assert.DoesNotContain(true, _ranOnPool);
    }

    [Fact]
    public async Task Runaway_AfterAMinute_IsLoggedOnceAndHealthNamesItUntilItComesBack()
    {
        await StartRunawaysAsync();
        _stopwatch.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);

        _stopwatch.Advance(TimeSpan.FromSeconds(61));

        var health = await CheckAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains($"The code of {Runaways} instances", health.Description, StringComparison.Ordinal);
        Assert.Contains("'runaway-", health.Description, StringComparison.Ordinal);
        Assert.Equal(Runaways, _log.Lines.Count(line => line.Level == LogLevel.Critical));
        _back.Set();
        for (var i = 0; i < Runaways; i++) Assert.Equal("back", (await _host.EndAsync($"runaway-{i}")).ReadOutputAs<string>());
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);
    }

    private async Task StartRunawaysAsync()
    {
        for (var i = 0; i < Runaways; i++) await _host.Client.ScheduleNewOrchestrationInstanceAsync("Runaway", new StartOrchestrationOptions($"runaway-{i}"));
        await EngineHost.UntilAsync(() => Task.FromResult(_ranOnPool.Count == Runaways));
    }

    private Task<HealthCheckResult> CheckAsync() => new EngineHealthCheck(_host.Engine).CheckHealthAsync(new HealthCheckContext());
}
