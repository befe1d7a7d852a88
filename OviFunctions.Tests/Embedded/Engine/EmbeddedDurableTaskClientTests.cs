using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>What a client's caller sees, as docs/durable-functions-behaviour.md lists it.</summary>
public sealed class EmbeddedDurableTaskClientTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly EngineHost _host;

    public EmbeddedDurableTaskClientTests() => _host = new EngineHost(new EngineOptions(), _time)
        .Orchestrator("Flow", async context =>
        {
            context.SetCustomStatus("waiting");
            var end = await context.WaitForExternalEvent<string>("End");
            return end == "fail" ? throw new FormatException("bad") : end;
        })
        .Orchestrator("Echo", context => Task.FromResult(context.GetInput<object>()));

    public Task InitializeAsync() => _host.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Schedule_TokenAsTheSecondArgument_IsNoInput()
    {
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", CancellationToken.None);

        Assert.Null((await _host.EndAsync(id)).SerializedInput);
    }

    [Fact]
    public async Task Schedule_OptionsAsTheSecondArgument_AreNoInput()
    {
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", new StartOrchestrationOptions(InstanceId: "a", StartAt: null));

        Assert.Null((await _host.EndAsync("a")).SerializedInput);
    }

    [Theory]
    [InlineData("x", OrchestrationRuntimeStatus.Completed)]
    [InlineData("fail", OrchestrationRuntimeStatus.Failed)]
    [InlineData(null, OrchestrationRuntimeStatus.Terminated)]
    public async Task Schedule_DedupeStatuses_BlockInstancesThatEndedSo(string? end, OrchestrationRuntimeStatus status)
    {
        var finished = new[] { OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated };
        var options = new StartOrchestrationOptions("a");
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", options);
        if (end is null) await _host.Client.TerminateInstanceAsync("a");
        else await _host.Client.RaiseEventAsync("a", "End", end);
        Assert.Equal(status, (await _host.EndAsync("a")).RuntimeStatus);

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(
            () => _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", options.WithDedupeStatuses(status)));

        Assert.Equal(status, (await _host.GetAsync("a")).RuntimeStatus);
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", options.WithDedupeStatuses([.. finished.Where(s => s != status)]));
        Assert.False((await _host.GetAsync("a")).IsCompleted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("@counter@1")]
    [InlineData("a/b")]
    public async Task Schedule_IdThatTheHostRefuses_Throws(string id) => await Assert.ThrowsAsync<ArgumentException>(
        () => _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions(id)));

    [Fact]
    public async Task GetInstance_WithoutInputsAndOutputs_HasNoCustomStatusEither()
    {
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", 1);
        await _host.UntilStatusAsync(id, "waiting");
        await _host.Client.TerminateInstanceAsync(id, "over");

        var bare = (await _host.Client.GetInstanceAsync(id))!;

        Assert.Equal((null, null, null), (bare.SerializedInput, bare.SerializedOutput, bare.SerializedCustomStatus));
        Assert.Throws<InvalidOperationException>(() => bare.ReadCustomStatusAs<string>());
        Assert.Equal("waiting", (await _host.GetAsync(id)).ReadCustomStatusAs<string>());
    }

    [Fact]
    public async Task GetInstance_Failed_HasItsFailureAlsoWithoutInputsAndOutputs()
    {
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await _host.Client.RaiseEventAsync(id, "End", "fail");
        await _host.EndAsync(id);

        Assert.Equal("System.FormatException", (await _host.Client.GetInstanceAsync(id))!.FailureDetails!.ErrorType);
    }

    [Fact]
    public async Task WaitForInstanceStart_Pending_WaitsUntilItRuns()
    {
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("a", _time.GetUtcNow().AddHours(1)));
        var wait = _host.Client.WaitForInstanceStartAsync("a");
        await EngineHost.UntilAsync(() => Task.FromResult(_time.PendingTimers > 0));
        Assert.False(wait.IsCompleted);

        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(OrchestrationRuntimeStatus.Running, (await wait.WaitAsync(TimeSpan.FromSeconds(20))).RuntimeStatus);
    }

    [Fact]
    public async Task WaitForInstanceCompletion_ContinueAsNew_KeepsWaiting()
    {
        _host.Orchestrator("Countdown", async context =>
        {
            var left = context.GetInput<int>();
            await context.WaitForExternalEvent<object>("Next");
            if (left > 1) context.ContinueAsNew(left - 1);
            return left;
        });
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Countdown", 3);
        var wait = _host.EndAsync(id);

        for (var left = 3; left >= 1; left--)
        {
            Assert.False(wait.IsCompleted);
            await _host.Client.RaiseEventAsync(id, "Next");
            await EngineHost.UntilAsync(async () => (await _host.GetAsync(id)) is var i && (i.IsCompleted || i.ReadInputAs<int>() < left));
        }

        Assert.Equal(1, (await wait).ReadOutputAs<int>());
    }

    [Fact]
    public async Task RaiseEvent_WithoutIdOrName_IsRefused()
    {
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");

        await Assert.ThrowsAsync<ArgumentException>(() => _host.Client.RaiseEventAsync("", "End"));
        await Assert.ThrowsAsync<ArgumentException>(() => _host.Client.RaiseEventAsync(id, ""));
    }

    [Fact]
    public async Task Dispose_Client_DoesNothing()
    {
        var client = _host.Client;

        await client.DisposeAsync();

        Assert.NotNull(await client.ScheduleNewOrchestrationInstanceAsync("Flow"));
    }

    [Fact]
    public async Task GetAllInstances_WithoutAFilter_GivesEverythingInPagesOf100()
    {
        foreach (var i in Enumerable.Range(0, 101)) await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions($"{i}"));

        var sizes = new List<int>();
        await foreach (var page in _host.Client.GetAllInstancesAsync().AsPages()) sizes.Add(page.Values.Count);

        Assert.Equal([100, 1], sizes);
        Assert.Equal(OrchestrationQuery.DefaultPageSize, new OrchestrationQuery().PageSize);
    }
}
