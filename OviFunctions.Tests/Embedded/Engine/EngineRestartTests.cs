using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>What is left in the file when the engine stops is taken up by the next one.</summary>
public sealed class EngineRestartTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-restart-");
    private readonly ManualTimeProvider _time = new();
    private readonly EngineOptions _options;

    public EngineRestartTests() => _options = new() { DatabasePath = Path.Combine(_directory.FullName, "engine.db") };

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Restart_InTheMiddleOfEverything_AllInstancesGoOn()
    {
        var runs = new ConcurrentDictionary<string, int>();
        var hang = true;
        await using var host = await Host()
            .Activity<string, string>("Work", async (name, cancellation) =>
            {
                runs.AddOrUpdate(name, 1, (_, n) => n + 1);
                if (hang) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
                return name;
            })
            .Orchestrator("Activity", context => context.CallActivityAsync<string>("Work", "activity"))
            .Orchestrator("Timer", async context =>
            {
                await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                return "timer";
            })
            .Orchestrator("Event", async context =>
            {
                var a = await context.WaitForExternalEvent<string>("A");
                return a + await context.WaitForExternalEvent<string>("B");
            })
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync<string>("Activity", new SubOrchestrationOptions(instanceId: "kid")))
            .Orchestrator("Later", _ => Task.FromResult("later"))
            .StartAsync();
        foreach (var name in (string[])["Activity", "Timer", "Event", "Parent"])
            await host.Client.ScheduleNewOrchestrationInstanceAsync(name, new StartOrchestrationOptions(name));
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Later", new StartOrchestrationOptions("Later", _time.GetUtcNow().AddMinutes(30)));
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Later", new StartOrchestrationOptions("Suspended", _time.GetUtcNow().AddMinutes(10)));
        await host.Client.SuspendInstanceAsync("Suspended");
        await host.Client.RaiseEventAsync("Event", "A", "a");
        await EngineHost.UntilAsync(() => Task.FromResult(runs.GetValueOrDefault("activity") == 2));

        await host.StopAsync();
        Assert.False(new FileInfo(_options.DatabasePath + "-wal") is { Exists: true, Length: > 0 }, "The log was not moved into the database.");
        _time.Advance(TimeSpan.FromHours(2));
        hang = false;
        await host.StartAsync();
        await host.Client.RaiseEventAsync("Event", "B", "b");

        foreach (var (id, output) in new[] { ("Activity", "activity"), ("Timer", "timer"), ("Event", "ab"), ("Parent", "activity"), ("Later", "later") })
            Assert.Equal((id, output), (id, (await host.EndAsync(id)).ReadOutputAs<string>()));
        Assert.Equal(4, runs["activity"]);
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await host.GetAsync("Suspended")).RuntimeStatus);
        await host.Client.ResumeInstanceAsync("Suspended");
        Assert.Equal("later", (await host.EndAsync("Suspended")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Stop_ActivityThatIsCancelled_IsNotAFailureAndRunsAgain()
    {
        var runs = 0;
        var running = new TaskCompletionSource();
        await using var host = await Host()
            .Activity<string, int>("Work", async (_, cancellation) =>
            {
                if (Interlocked.Increment(ref runs) > 1) return runs;
                running.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
                return 0;
            })
            .Orchestrator("Flow", context => context.CallActivityAsync<int>("Work"))
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("a"));
        await running.Task;

        await host.StopAsync();
        await host.StartAsync();

        Assert.Equal(2, (await host.EndAsync("a")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Stop_ActivityThatDoesNotListen_IsLeftBehindAfterTheGrace()
    {
        var running = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var runs = 0;
        await using var host = await Host()
            .Activity<string, int>("Work", async (_, _) =>
            {
                if (Interlocked.Increment(ref runs) > 1) return runs;
                running.SetResult();
                await release.Task;
                return 0;
            })
            .Orchestrator("Flow", context => context.CallActivityAsync<int>("Work"))
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("a"));
        await running.Task;

        var stop = host.StopAsync();
        await EngineHost.UntilAsync(() => Task.FromResult(_time.PendingTimers > 0));
        Assert.False(stop.IsCompleted);
        _time.Advance(_options.ShutdownGrace);
        await stop;
        release.SetResult();
        await host.StartAsync();

        Assert.Equal(2, (await host.EndAsync("a")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Client_BeforeStartAndAfterStop_IsRefused()
    {
        await using var host = await Host().StartAsync();
        var client = host.Client;
        await host.StopAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.ScheduleNewOrchestrationInstanceAsync("Flow"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetInstanceAsync("a"));
    }

    [Fact]
    public async Task CurrentUtcDateTime_ClockIsSetBack_NeverGoesBack()
    {
        await using var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                var first = context.CurrentUtcDateTime;
                await context.WaitForExternalEvent<object>("Go");
                return context.CurrentUtcDateTime - first;
            })
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("a"));
        await host.Client.WaitForInstanceStartAsync("a");

        _time.Advance(-TimeSpan.FromHours(1));
        await host.Client.RaiseEventAsync("a", "Go");

        Assert.Equal(TimeSpan.Zero, (await host.EndAsync("a")).ReadOutputAs<TimeSpan>());
    }

    [Fact]
    public async Task NewGuid_AcrossContinueAsNewWithAClockThatStandsStill_NeverRepeats()
    {
        await using var host = await Host()
            .Orchestrator("Flow", context =>
            {
                var guids = context.GetInput<List<Guid>>() ?? [];
                guids.Add(context.NewGuid());
                if (guids.Count < 5) context.ContinueAsNew(guids);
                return Task.FromResult(guids);
            })
            .StartAsync();

        Assert.Equal(5, (await host.RunAsync("Flow")).ReadOutputAs<Guid[]>()!.Distinct().Count());
    }

    [Fact]
    public async Task DamagedHistory_FailsThatInstanceOnly()
    {
        await using var host = await Host().Orchestrator("Flow", context => context.WaitForExternalEvent<string>("Go")).StartAsync();
        foreach (var id in (string[])["good", "bad"])
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions(id));
            await host.Client.WaitForInstanceStartAsync(id);
        }

        await host.StopAsync();
        using (var file = OviFunctions.Embedded.Store.Sqlite.SqliteConnection.Open(_options.DatabasePath!, readOnly: false))
            file.Execute("UPDATE history SET turn = 'nonsense' WHERE instance_key = (SELECT key FROM instance WHERE id = 'bad');");
        await host.StartAsync();
        foreach (var id in (string[])["good", "bad"]) await host.Client.RaiseEventAsync(id, "Go", "x");

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.EndAsync("good")).RuntimeStatus);
        Assert.Contains("history of instance 'bad' cannot be read", (await host.EndAsync("bad")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    private EngineHost Host() => new(_options, _time);
}
