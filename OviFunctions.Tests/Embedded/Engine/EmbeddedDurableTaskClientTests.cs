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
    [InlineData(OrchestrationRuntimeStatus.Pending, false)]
    [InlineData(OrchestrationRuntimeStatus.Running, false)]
    [InlineData(OrchestrationRuntimeStatus.Suspended, false)]
    [InlineData(OrchestrationRuntimeStatus.Completed, true)]
    [InlineData(OrchestrationRuntimeStatus.Failed, true)]
    [InlineData(OrchestrationRuntimeStatus.Terminated, true)]
    public async Task Schedule_IdInUse_OnlyAFinishedInstanceIsReplaced(OrchestrationRuntimeStatus status, bool isReplaced)
    {
        await BringToAsync("a", status);

        var failure = await Record.ExceptionAsync(
            () => _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", "new", new StartOrchestrationOptions("a")));

        if (!isReplaced) Assert.IsType<OrchestrationAlreadyExistsException>(failure);
        Assert.Equal(isReplaced ? "new" : "old", (await _host.GetAsync("a")).ReadInputAs<string>());
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
    public async Task WaitForInstance_UnknownId_ThrowsArgumentException()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _host.Client.WaitForInstanceStartAsync("nobody"));
        await Assert.ThrowsAsync<ArgumentException>(() => _host.Client.WaitForInstanceCompletionAsync("nobody"));
    }

    [Fact]
    public async Task ResumeInstance_NotSuspended_DoesNothing()
    {
        await BringToAsync("a", OrchestrationRuntimeStatus.Running);

        await _host.Client.ResumeInstanceAsync("a");

        Assert.Equal(OrchestrationRuntimeStatus.Running, (await _host.GetAsync("a")).RuntimeStatus);
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
    public async Task GetAllInstances_Filter_TimesAndStatuses()
    {
        await BringToAsync("early", OrchestrationRuntimeStatus.Completed);
        _time.Advance(TimeSpan.FromHours(1));
        var (from, to) = (_time.GetUtcNow(), _time.GetUtcNow());
        await BringToAsync("completed", OrchestrationRuntimeStatus.Completed);
        await BringToAsync("failed", OrchestrationRuntimeStatus.Failed);
        await BringToAsync("running", OrchestrationRuntimeStatus.Running);
        _time.Advance(TimeSpan.FromHours(1));
        await BringToAsync("late", OrchestrationRuntimeStatus.Completed);

        Assert.Equal(["completed", "failed", "running"], await IdsAsync(new(CreatedFrom: from, CreatedTo: to)));
        Assert.Equal(["completed", "failed"], await IdsAsync(new(from, to, [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Completed])));
    }

    [Fact]
    public async Task PurgeAllInstances_Filter_TakesWhatMatchesAndIsFinished()
    {
        await BringToAsync("early", OrchestrationRuntimeStatus.Completed);
        _time.Advance(TimeSpan.FromHours(1));
        var (from, to) = (_time.GetUtcNow(), _time.GetUtcNow());
        await BringToAsync("completed", OrchestrationRuntimeStatus.Completed);
        await BringToAsync("failed", OrchestrationRuntimeStatus.Failed);
        await BringToAsync("terminated", OrchestrationRuntimeStatus.Terminated);
        await BringToAsync("running", OrchestrationRuntimeStatus.Running);
        _time.Advance(TimeSpan.FromHours(1));
        await BringToAsync("late", OrchestrationRuntimeStatus.Completed);

        Assert.Equal(0, await PurgeAsync(new(Statuses: [OrchestrationRuntimeStatus.Running])));
        Assert.Equal(0, await PurgeAsync(new(Statuses: [])));
        Assert.Equal(2, await PurgeAsync(new(from, to, [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed])));
        Assert.Equal(["early", "late", "running", "terminated"], await IdsAsync(new()));
        Assert.Equal(2, await PurgeAsync(new(CreatedFrom: from)));
        Assert.Equal(["early", "running"], await IdsAsync(new()));

        async Task<int> PurgeAsync(PurgeInstancesFilter filter) => (await _host.Client.PurgeAllInstancesAsync(filter)).PurgedInstanceCount;
    }

    [Fact]
    public async Task PurgeAllInstances_MoreThanAPage_TakesAllUnlessTheTimeIsOver()
    {
        var commitsTakeAnHour = false;
        var switches = new EngineTestSwitches { OnCommit = _ => _time.Advance(TimeSpan.FromHours(commitsTakeAnHour ? 1 : 0)) };
        await using var host = new EngineHost(new EngineOptions { TestSwitches = switches }, _time);
        await host.StartAsync();
        foreach (var i in Enumerable.Range(0, 201))
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions($"{i}", _time.GetUtcNow().AddYears(1)));
            await host.Client.TerminateInstanceAsync($"{i}");
        }

        commitsTakeAnHour = true;
        var some = await host.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter { Timeout = TimeSpan.FromMinutes(30) });
        var rest = await host.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter());

        Assert.Equal((100, false), (some.PurgedInstanceCount, some.IsComplete));
        Assert.Equal((101, true), (rest.PurgedInstanceCount, rest.IsComplete));
    }

    [Fact]
    public async Task PurgeAllInstances_TimeoutOfZero_Throws() => await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
        () => _host.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter { Timeout = TimeSpan.Zero }));

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task PurgeInstance_Recursive_TakesFinishedSubOrchestrationsToo(bool recursive, int expected)
    {
        _host.Orchestrator("Parent", context => context.CallSubOrchestratorAsync("Echo", new SubOrchestrationOptions(instanceId: "kid")));
        await _host.RunAsync("Parent", id: "dad");

        var purged = await _host.Client.PurgeInstanceAsync("dad", new PurgeInstanceOptions(recursive));

        Assert.Equal(expected, purged.PurgedInstanceCount);
        Assert.Equal(recursive, await _host.Client.GetInstanceAsync("kid") is null);
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

    private async Task<string[]> IdsAsync(OrchestrationQuery query)
    {
        var ids = new List<string>();
        await foreach (var instance in _host.Client.GetAllInstancesAsync(query)) ids.Add(instance.InstanceId);
        return [.. ids];
    }

    private async Task BringToAsync(string id, OrchestrationRuntimeStatus status)
    {
        var startAt = status == OrchestrationRuntimeStatus.Pending ? _time.GetUtcNow().AddHours(1) : (DateTimeOffset?)null;
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", "old", new StartOrchestrationOptions(id, startAt));
        if (startAt is null) await _host.Client.WaitForInstanceStartAsync(id);
        if (status == OrchestrationRuntimeStatus.Suspended) await _host.Client.SuspendInstanceAsync(id);
        if (status == OrchestrationRuntimeStatus.Terminated) await _host.Client.TerminateInstanceAsync(id);
        if (status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed)
        {
            await _host.Client.RaiseEventAsync(id, "End", status == OrchestrationRuntimeStatus.Failed ? "fail" : "x");
            await _host.EndAsync(id);
        }

        Assert.Equal(status, (await _host.GetAsync(id)).RuntimeStatus);
    }
}
