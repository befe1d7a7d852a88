using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>What a client does to instances: start, terminate, suspend, query, purge.</summary>
public abstract partial class EngineTests
{
    [Fact]
    public async Task Schedule_WithoutId_GivesARandomOne()
    {
        var host = await WaitingFlowAsync();

        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");

        Assert.Matches("^[0-9a-f]{32}$", id);
    }

    [Fact]
    public async Task Schedule_IdInUse_IsRefusedWhileItRunsAndReplacesWhenItIsFinished()
    {
        var host = await WaitingFlowAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", 1, new StartOrchestrationOptions("a"));

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(
            () => host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", 2, new StartOrchestrationOptions("a")));

        await host.Client.TerminateInstanceAsync("a");
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", 3, new StartOrchestrationOptions("a"));
        Assert.Equal(3, (await host.GetAsync("a")).ReadInputAs<int>());
    }

    [Fact]
    public async Task Schedule_AllDedupeStatuses_AFinishedInstanceIsNotReplaced()
    {
        var host = await WaitingFlowAsync();
        var options = new StartOrchestrationOptions("a").WithDedupeStatuses([.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", 1, options);
        await host.Client.TerminateInstanceAsync("a", "over");

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", 2, options));

        Assert.Equal("over", (await host.GetAsync("a")).ReadOutputAs<string>());
        await Assert.ThrowsAsync<ArgumentException>(
            () => host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", 2, options with { DedupeStatuses = ["Sleeping"] }));
    }

    [Fact]
    public async Task Schedule_SameIdManyTimesAtOnce_ExactlyOneWins()
    {
        var host = await WaitingFlowAsync();

        var starts = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            try
            {
                await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", i, new StartOrchestrationOptions("a"));
                return (int?)i;
            }
            catch (OrchestrationAlreadyExistsException)
            {
                return null;
            }
        }));

        Assert.Equal((await host.GetAsync("a")).ReadInputAs<int>(), Assert.Single(starts, s => s is not null));
    }

    [Fact]
    public async Task Schedule_LosingStartSucceedsSwitch_LoserIsToldThatItWonAndTheFirstInputStays()
    {
        var host = await WaitingFlowAsync(Options with { TestSwitches = new EngineTestSwitches { LosingStartSucceeds = true } });
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", 1, new StartOrchestrationOptions("a"));

        Assert.Equal("a", await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", 2, new StartOrchestrationOptions("a")));

        Assert.Equal(1, (await host.GetAsync("a")).ReadInputAs<int>());
    }

    [Fact]
    public async Task Schedule_StartAt_PendingUntilThen()
    {
        var host = await Host().Orchestrator("Flow", context => Task.FromResult(context.CurrentUtcDateTime)).StartAsync();
        var at = Time.GetUtcNow().AddHours(3);
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("a", at));

        await AdvanceToNextTimerAsync(TimeSpan.FromHours(2));
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.GetAsync("a")).RuntimeStatus);
        Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(at.UtcDateTime, (await host.EndAsync("a")).ReadOutputAs<DateTime>());
    }

    [Fact]
    public async Task Schedule_Tags_AreInTheMetadata()
    {
        var host = await WaitingFlowAsync();

        await host.Client.ScheduleNewOrchestrationInstanceAsync(
            "Flow", new StartOrchestrationOptions("a") { Tags = new Dictionary<string, string> { ["plan"] = "race" } });

        Assert.Equal("race", (await host.GetAsync("a")).Tags["plan"]);
    }

    [Fact]
    public async Task Messages_ToUnknownAndFinishedInstances_AreRefusedDifferently()
    {
        var host = await WaitingFlowAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("done"));
        await host.Client.TerminateInstanceAsync("done");

        foreach (var send in (Func<string, Task>[])
        [
            id => host.Client.RaiseEventAsync(id, "Go"),
            id => host.Client.TerminateInstanceAsync(id),
            id => host.Client.SuspendInstanceAsync(id),
            id => host.Client.ResumeInstanceAsync(id),
        ])
        {
            Assert.Contains("nobody", (await Assert.ThrowsAsync<ArgumentException>(() => send("nobody"))).Message, StringComparison.Ordinal);
            Assert.Contains("done", (await Assert.ThrowsAsync<InvalidOperationException>(() => send("done"))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Terminate_RunningInstance_OutputIsKeptAndItsActivityResultIsDropped()
    {
        var release = new TaskCompletionSource<string>();
        var host = await Host()
            .Activity<string, string>("Slow", (_, _) => release.Task)
            .Orchestrator("Flow", context => context.CallActivityAsync<string>("Slow"))
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.Client.WaitForInstanceStartAsync(id);

        await host.Client.TerminateInstanceAsync(id, new { Why = "cancelled" });
        release.SetResult("too late");

        var end = await host.EndAsync(id);
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "{\"Why\":\"cancelled\"}"), (end.RuntimeStatus, end.SerializedOutput));
    }

    [Fact]
    public async Task Terminate_Recursive_EndsTheChildrenToo()
    {
        var host = await Host()
            .Orchestrator("Child", context => context.WaitForExternalEvent<object>("Never"))
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync("Child", new SubOrchestrationOptions(instanceId: "kid")))
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Parent", new StartOrchestrationOptions("dad"));
        await EngineHost.UntilAsync(async () => await host.Client.GetInstanceAsync("kid") is not null);

        await host.Client.TerminateInstanceAsync("dad", new TerminateInstanceOptions(Recursive: true));

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await host.EndAsync("kid")).RuntimeStatus);
    }

    [Fact]
    public async Task SuspendAndResume_WhatArrivesMeanwhileWaits()
    {
        var host = await Host().Orchestrator("Flow", context => context.WaitForExternalEvent<int>("Go")).StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.Client.WaitForInstanceStartAsync(id);
        await host.Client.SuspendInstanceAsync(id, "maintenance");

        await host.Client.RaiseEventAsync(id, "Go", 5);
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await host.GetAsync(id)).RuntimeStatus);
        await host.Client.ResumeInstanceAsync(id);

        Assert.Equal(5, (await host.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task GetInstance_UnknownIsNull_WithoutInputsNothingCanBeRead()
    {
        var host = await WaitingFlowAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", 1, new StartOrchestrationOptions("a"));

        Assert.Null(await host.Client.GetInstanceAsync("b"));
        var bare = await host.Client.GetInstanceAsync("a");
        Assert.Null(bare!.SerializedInput);
        Assert.Throws<InvalidOperationException>(() => bare.ReadInputAs<int>());
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.WaitForInstanceCompletionAsync("b"));
    }

    [Fact]
    public async Task WaitForCompletion_Cancelled_ThrowsAndTheInstanceGoesOn()
    {
        var host = await WaitingFlowAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        using var cancellation = new CancellationTokenSource();

        var wait = host.Client.WaitForInstanceCompletionAsync(id, cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.False((await host.GetAsync(id)).IsCompleted);
    }

    [Fact]
    public async Task GetAllInstances_PagesByTokenAndPrefix()
    {
        var host = await WaitingFlowAsync();
        foreach (var id in (string[])["job_b", "job_a", "job_c", "other"])
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", 1, new StartOrchestrationOptions(id));

        var pages = new List<Page<OrchestrationMetadata>>();
        await foreach (var page in host.Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: "job_", PageSize: 2)).AsPages()) pages.Add(page);

        Assert.Equal([["job_a", "job_b"], ["job_c"]], pages.Select(p => p.Values.Select(i => i.InstanceId).ToArray()));
        Assert.Null(pages[^1].ContinuationToken);
        var rest = new OrchestrationQuery(InstanceIdPrefix: "job_", ContinuationToken: pages[0].ContinuationToken, FetchInputsAndOutputs: true);
        var left = new List<OrchestrationMetadata>();
        await foreach (var instance in host.Client.GetAllInstancesAsync(rest)) left.Add(instance);
        Assert.Equal(("job_c", 1), (Assert.Single(left).InstanceId, left[0].ReadInputAs<int>()));
    }

    [Fact]
    public async Task Purge_FinishedInstancesOnly_CountsThem()
    {
        var host = await WaitingFlowAsync();
        for (var i = 0; i < 5; i++)
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions($"{i}"));
            if (i > 0) await host.Client.TerminateInstanceAsync($"{i}");
            Time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal(0, (await host.Client.PurgeInstanceAsync("0")).PurgedInstanceCount);
        Assert.Equal(1, (await host.Client.PurgeInstanceAsync("1")).PurgedInstanceCount);
        Assert.Null(await host.Client.GetInstanceAsync("1"));

        var old = await host.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter(CreatedTo: Time.GetUtcNow().AddDays(-2)));
        Assert.Equal((2, true), (old.PurgedInstanceCount, old.IsComplete));
        Assert.NotNull(await host.Client.GetInstanceAsync("0"));
        Assert.NotNull(await host.Client.GetInstanceAsync("4"));
    }

    private Task<EngineHost> WaitingFlowAsync(EngineOptions? options = null) =>
        Host(options).Orchestrator("Flow", context => context.WaitForExternalEvent<object>("Go")).StartAsync();

    [Fact]
    public async Task Retention_CompletedInstances_AreDeletedWhenTheyAreOldEnough()
    {
        var host = await Host(Options with { Retention = TimeSpan.FromDays(30) })
            .Orchestrator("Flow", _ => Task.CompletedTask)
            .Orchestrator("Broken", _ => throw new InvalidOperationException("broken"))
            .Orchestrator("Waiting", context => context.WaitForExternalEvent<int>("Go"))
            .StartAsync();
        await host.RunAsync("Flow", id: "old");
        await host.RunAsync("Broken", id: "broken");
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Waiting", new StartOrchestrationOptions("waiting"));
        await host.Client.WaitForInstanceStartAsync("waiting");
        Time.Advance(TimeSpan.FromDays(29));
        await host.RunAsync("Flow", id: "young");
        Assert.NotNull(await host.Client.GetInstanceAsync("old"));
        var end = Time.GetUtcNow() + TimeSpan.FromDays(2);

        await EngineHost.UntilAsync(async () =>
        {
            if (Time.GetUtcNow() < end) Time.Advance(TimeSpan.FromHours(1));
            return await host.Client.GetInstanceAsync("old") is null;
        });

        foreach (var kept in new[] { "young", "broken", "waiting" }) Assert.NotNull(await host.Client.GetInstanceAsync(kept));
    }

    [Fact]
    public async Task Retention_ItsCommitFails_StartsAreTakenAgainSoonAfterStorageIsBack()
    {
        var broken = false;
        var switches = new EngineTestSwitches
        {
            OnCommit = _ =>
            {
                if (Volatile.Read(ref broken)) throw new IOException("disk full");
            },
        };
        var host = await Host(Options with { Retention = TimeSpan.FromDays(30), TestSwitches = switches })
            .Orchestrator("Flow", _ => Task.CompletedTask)
            .StartAsync();
        await host.RunAsync("Flow", id: "old");
        Volatile.Write(ref broken, true);
        Time.Advance(TimeSpan.FromDays(31));
        await EngineHost.UntilAsync(() => Task.FromResult(!host.Engine.IsHealthy));
        var since = Time.GetUtcNow();

        Volatile.Write(ref broken, false);
        await UntilHealthyAsync(host);

        Assert.InRange(Time.GetUtcNow() - since, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.RunAsync("Flow")).RuntimeStatus);
    }
}
