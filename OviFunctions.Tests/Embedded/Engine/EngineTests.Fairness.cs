using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Engine;

public abstract partial class EngineTests
{
    [Fact]
    public async Task FanOut_ItsActivitiesWait_AnotherInstancesActivityIsRunNextToNext()
    {
        var flows = new GatedActivities(await Host(Options with { MaxConcurrentActivities = 1 }).StartAsync());
        await flows.StartAsync("many", 5);
        await EngineHost.UntilAsync(() => Task.FromResult(flows.Begun.Count == 1));
        await flows.StartAsync("few", 2);

        await flows.EndAsync("many", "few");

        Assert.Equal(["many 0", "many 1", "few 0", "many 2", "few 1", "many 3", "many 4"], flows.Begun);
    }

    [Fact]
    public async Task FanOut_ItsActivitiesDoNotEnd_AnotherInstancesActivityHasAPlaceAllTheSame()
    {
        var flows = new GatedActivities(await Host(Options with { MaxConcurrentActivities = 10 }).StartAsync());
        await flows.StartAsync("many", 20);
        await EngineHost.UntilAsync(() => Task.FromResult(flows.Begun.Count == 9));

        await flows.StartAsync("one", 1);
        await EngineHost.UntilAsync(() => Task.FromResult(flows.Begun.Contains("one 0")));

        Assert.Equal(10, flows.Begun.Count);
        await flows.EndAsync("many", "one");
    }
}

/// <summary>Instances whose activities say when they begin and end when the test lets them.</summary>
internal sealed class GatedActivities
{
    private readonly EngineHost _host;
    private readonly SemaphoreSlim _exits = new(0);

    public GatedActivities(EngineHost host) => _host = host
        .Activity<string, int>("Work", async (name, cancellation) =>
        {
            Begun.Enqueue(name);
            await _exits.WaitAsync(cancellation);
            return 0;
        })
        .Orchestrator("Flow", async context =>
        {
            var work = Enumerable.Range(0, context.GetInput<int>())
                .Select(n => context.CallActivityAsync<int>("Work", $"{context.InstanceId} {n}")).ToArray();
            await context.WaitForExternalEvent<int>("AreQueued");
            context.SetCustomStatus("Queued");
            await Task.WhenAll(work);
        });

    /// <summary>Instance and number of each activity, in order of their begin.</summary>
    public ConcurrentQueue<string> Begun { get; } = [];

    /// <summary>Its activities are queued when this returns: the event is seen by the episode after the one that schedules them.</summary>
    public async Task StartAsync(string id, int activities)
    {
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", activities, new StartOrchestrationOptions(id));
        await _host.Client.WaitForInstanceStartAsync(id);
        await _host.Client.RaiseEventAsync(id, "AreQueued", 0);
        await _host.UntilStatusAsync(id, "Queued");
    }

    public async Task EndAsync(params string[] ids)
    {
        _exits.Release(100);
        foreach (var id in ids) Assert.Equal(OrchestrationRuntimeStatus.Completed, (await _host.EndAsync(id)).RuntimeStatus);
    }
}

public sealed class FairnessAfterRestartTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-fairness-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Restart_ActivitiesOfSeveralInstancesAreLeft_InstancesTakeTurns()
    {
        var options = new EngineOptions { DatabasePath = Path.Combine(_directory.FullName, "engine.db"), MaxConcurrentActivities = 1 };
        await using var host = await new EngineHost(options, TimeProvider.System).StartAsync();
        var flows = new GatedActivities(host);
        await flows.StartAsync("many", 5);
        await flows.StartAsync("few", 2);
        await EngineHost.UntilAsync(() => Task.FromResult(flows.Begun.Count == 1));
        await host.StopAsync();
        flows.Begun.Clear();

        await host.StartAsync();
        await flows.EndAsync("many", "few");

        Assert.Equal(["many 0", "few 0", "many 1", "few 1", "many 2", "many 3", "many 4"], flows.Begun);
    }
}
