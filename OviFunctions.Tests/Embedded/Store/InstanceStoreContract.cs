using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Store;
using static OviFunctions.Tests.Embedded.Store.StoreFixture;

namespace OviFunctions.Tests.Embedded.Store;

/// <summary>What every store does: creation, messages, endings, purges.</summary>
public abstract partial class InstanceStoreContract : IAsyncLifetime
{
    private readonly List<IInstanceStore> _opened = [];

    private protected IInstanceStore Store { get; private set; } = null!;

    private protected abstract IInstanceStore Create(Action<CommitPhase>? onCommit);

    public async Task InitializeAsync() => Store = await OpenAsync();

    public virtual async Task DisposeAsync()
    {
        foreach (var store in _opened) await store.DisposeAsync();
    }

    private protected async Task<IInstanceStore> OpenAsync(Action<CommitPhase>? onCommit = null)
    {
        var store = Create(onCommit);
        _opened.Add(store);
        await store.OpenAsync(default);
        return store;
    }

    [Fact]
    public async Task CreateAsync_NewId_InstanceIsPendingWithAllThatWasGiven()
    {
        var tags = new Dictionary<string, string> { ["plan"] = "ünïcode" };

        var result = await Store.CreateAsync(Instance("a", "{\"x\":1}", startAt: Noon.AddHours(1)) with { Tags = tags }, RuntimeStatuses.Unfinished);

        Assert.True(result.Created);
        var stored = await Store.ReadAsync("a");
        Assert.Equal(("a", "Flow", OrchestrationRuntimeStatus.Pending), (stored.Id, stored.Name, stored.Status));
        Assert.Equal((Noon, Noon, Noon.AddHours(1)), (stored.CreatedAt, stored.UpdatedAt, stored.StartAt!.Value));
        Assert.Equal("{\"x\":1}", stored.Input);
        Assert.Equal(tags, stored.Tags);
        Assert.Null(stored.Parent);
        Assert.Equal([stored.Key], result.Woken);
    }

    [Fact]
    public async Task HoldAsync_UnfinishedInstance_IsNotedUntilItsNextEpisodeOrItsEnd()
    {
        var (a, b) = (await Store.StartAsync("a"), await Store.StartAsync("b"));

        Assert.Equal(new("a", "Flow"), await Store.HoldAsync(a, "of tomorrow"));
        Assert.NotNull(await Store.HoldAsync(b, "of yesterday"));

        Assert.Equal("of tomorrow", (await Store.ReadAsync("a")).Held);
        Assert.Equal(["a", "b"], (await Store.QueryAsync(new(IsHeld: true), default)).Select(i => i.Id));
        await Store.CompleteEpisodeAsync(Episode(a));
        Assert.Equal(["a"], (await Store.QueryAsync(new(Statuses: RuntimeStatuses.Unfinished, IsHeld: false), default)).Select(i => i.Id));
        await Store.TerminateAsync("b", null, recursive: false, Noon);
        Assert.Empty(await Store.QueryAsync(new(IsHeld: true), default));
        Assert.Null(await Store.HoldAsync(b, "too late"));
        Assert.Null(await Store.HoldAsync(99, "nobody"));
    }

    [Fact]
    public async Task GetAsync_WithoutPayloads_LeavesOutInputOutputAndStatus()
    {
        var key = await Store.StartAsync("a", "1");
        await Store.CompleteEpisodeAsync(Completion(key, "2") with { SetsCustomStatus = true, CustomStatus = "3" });

        var bare = await Store.GetAsync("a", withPayloads: false, default);
        var full = await Store.ReadAsync("a");

        Assert.Equal((null, null, null), (bare!.Input, bare.Output, bare.CustomStatus));
        Assert.Equal(("1", "2", "3"), (full.Input, full.Output, full.CustomStatus));
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Pending)]
    [InlineData(OrchestrationRuntimeStatus.Running)]
    [InlineData(OrchestrationRuntimeStatus.Suspended)]
    [InlineData(OrchestrationRuntimeStatus.Completed)]
    [InlineData(OrchestrationRuntimeStatus.Failed)]
    [InlineData(OrchestrationRuntimeStatus.Terminated)]
    public async Task CreateAsync_IdInBlockingStatus_IsRefusedAndChangesNothing(OrchestrationRuntimeStatus status)
    {
        await BringToAsync("a", status);

        var result = await Store.CreateAsync(Instance("a", "\"second\""), [status]);

        Assert.False(result.Created);
        Assert.Equal(status, result.Existing);
        Assert.Equal("\"first\"", (await Store.ReadAsync("a")).Input);
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Running)]
    [InlineData(OrchestrationRuntimeStatus.Completed)]
    [InlineData(OrchestrationRuntimeStatus.Failed)]
    [InlineData(OrchestrationRuntimeStatus.Terminated)]
    public async Task CreateAsync_IdInOtherStatus_ReplacesTheInstance(OrchestrationRuntimeStatus status)
    {
        var old = await BringToAsync("a", status);

        var result = await Store.CreateAsync(Instance("a", "\"second\""), []);

        Assert.True(result.Created);
        var stored = await Store.ReadAsync("a");
        Assert.Equal((OrchestrationRuntimeStatus.Pending, "\"second\""), (stored.Status, stored.Input));
        Assert.NotEqual(old, stored.Key);
        Assert.Null(await Store.LoadAsync(old, default));
        Assert.Empty((await Store.LoadAsync(stored.Key)).Turns);
    }

    [Fact]
    public async Task RaiseEventAsync_KnownUnknownAndFinished_AreToldApart()
    {
        var key = await Store.StartAsync("a");
        await Store.CompleteEpisodeAsync(Completion(await Store.StartAsync("done")));

        var known = await Store.RaiseEventAsync("a", "Go", "7", Noon);
        var unknown = await Store.RaiseEventAsync("b", "Go", "7", Noon);
        var finished = await Store.RaiseEventAsync("done", "Go", "7", Noon);

        Assert.Equal(Delivery.Accepted, known.Delivery);
        Assert.Equal([key], known.Woken);
        Assert.Equal(Delivery.UnknownInstance, unknown.Delivery);
        Assert.Equal(Delivery.FinishedInstance, finished.Delivery);
        var message = Assert.Single((await Store.LoadAsync(key)).Inbox);
        Assert.Equal((HistoryEventKind.EventRaised, "Go", "7"), (message.Event.Kind, message.Event.Name, message.Event.Payload));
        Assert.Equal(Noon, message.ReceivedAt);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null \0 in it")]
    [InlineData("ünïcödé 🎬")]
    public async Task RaiseEventAsync_AnyText_ComesBackAsItWas(string text)
    {
        var key = await Store.StartAsync("a", text);

        await Store.RaiseEventAsync("a", text, text, Noon);

        var work = await Store.LoadAsync(key);
        Assert.Equal(text, work.Instance.Input);
        Assert.Equal((text, text), (work.Inbox.Single().Event.Name, work.Inbox.Single().Event.Payload));
    }

    [Fact]
    public async Task SuspendAndResume_StartedInstance_StatusFollowsAndEpisodesDoNotEndTheSuspension()
    {
        var key = await BringToAsync("a", OrchestrationRuntimeStatus.Running);

        await Store.SuspendAsync("a", Noon);
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await Store.ReadAsync("a")).Status);

        await Store.CompleteEpisodeAsync(Episode(key, sequence: 1));
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await Store.ReadAsync("a")).Status);

        var resumed = await Store.ResumeAsync("a", Noon);
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await Store.ReadAsync("a")).Status);
        Assert.Equal([key], resumed.Woken);
    }

    [Fact]
    public async Task ResumeAsync_SuspendedBeforeItsStart_IsPendingAgain()
    {
        await Store.StartAsync("a");
        await Store.SuspendAsync("a", Noon);

        await Store.ResumeAsync("a", Noon);

        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await Store.ReadAsync("a")).Status);
    }

    [Fact]
    public async Task TerminateAsync_RunningInstance_EndsItWithOutputAndDropsItsWork()
    {
        var key = await Store.StartAsync("a");
        var activity = (await Store.CompleteEpisodeAsync(Episode(key) with
        {
            Activities = [new(0, "Work", "1")],
            Timers = [new(1, Noon.AddDays(1))],
        })).Activities.Single();
        await Store.RaiseEventAsync("a", "Go", null, Noon);

        var result = await Store.TerminateAsync("a", "\"because\"", recursive: false, Noon.AddMinutes(1));

        Assert.Equal(["a"], result.Changed);
        var stored = await Store.ReadAsync("a");
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "\"because\"", Noon.AddMinutes(1)), (stored.Status, stored.Output, stored.UpdatedAt));
        Assert.Null(await Store.GetActivityAsync(activity, default));
        Assert.False(await Store.CompleteActivityAsync(activity, default, Noon));
        Assert.False((await Store.CompleteEpisodeAsync(Episode(key, sequence: 1))).Committed);
        Assert.Empty(await Store.ReadWakeUpsAsync(0, default));
        Assert.Equal(Delivery.FinishedInstance, (await Store.TerminateAsync("a", null, false, Noon)).Delivery);
        Assert.Equal(Delivery.UnknownInstance, (await Store.TerminateAsync("b", null, false, Noon)).Delivery);
    }

    [Theory]
    [InlineData(false, OrchestrationRuntimeStatus.Pending)]
    [InlineData(true, OrchestrationRuntimeStatus.Terminated)]
    public async Task TerminateAsync_Parent_ChildrenOnlyIfRecursive(bool recursive, OrchestrationRuntimeStatus expected)
    {
        var child = await ParentWithChildAsync("a", "a-1");
        await Store.CompleteEpisodeAsync(Episode(child) with { Children = [new(0, Instance("a-1-1"))] });

        await Store.TerminateAsync("a", null, recursive, Noon);

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await Store.ReadAsync("a")).Status);
        Assert.Equal(expected, (await Store.ReadAsync("a-1-1")).Status);
    }

    [Fact]
    public async Task TerminateAsync_Child_ParentSeesAFailedTask()
    {
        await ParentWithChildAsync("a", "a-1");
        var parent = (await Store.ReadAsync("a")).Key;

        var result = await Store.TerminateAsync("a-1", null, false, Noon);

        Assert.Equal([parent], result.Woken);
        var message = Assert.Single((await Store.LoadAsync(parent)).Inbox).Event;
        Assert.Equal((HistoryEventKind.TaskFailed, 4), (message.Kind, message.TaskId));
        Assert.Contains("a-1", message.Failure!.Details.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateAsync_ReplacesARunningChild_ParentSeesAFailedTask()
    {
        await ParentWithChildAsync("a", "a-1");
        var parent = (await Store.ReadAsync("a")).Key;

        var result = await Store.CreateAsync(Instance("a-1"), []);

        Assert.Contains(parent, result.Woken);
        Assert.Equal(HistoryEventKind.TaskFailed, Assert.Single((await Store.LoadAsync(parent)).Inbox).Event.Kind);
    }

    [Fact]
    public async Task PurgeAsync_OnlyFinishedInstances_AndNothingOfThemIsLeft()
    {
        var running = await BringToAsync("running", OrchestrationRuntimeStatus.Running);
        var done = await BringToAsync("done", OrchestrationRuntimeStatus.Completed);

        Assert.Equal(1, await Store.PurgeAsync(["running", "done", "unknown"], recursive: false));

        Assert.Null(await Store.GetAsync("done", true, default));
        Assert.Null(await Store.LoadAsync(done, default));
        Assert.NotNull(await Store.LoadAsync(running, default));
        Assert.Equal(Delivery.UnknownInstance, (await Store.RaiseEventAsync("done", "Go", null, Noon)).Delivery);
    }

    [Fact]
    public async Task PurgeAsync_Recursive_TakesFinishedChildrenToo()
    {
        var child = await ParentWithChildAsync("a", "a-1");
        await Store.CompleteEpisodeAsync(Completion(child));
        await Store.TerminateAsync("a", null, false, Noon);

        Assert.Equal(2, await Store.PurgeAsync(["a"], recursive: true));

        Assert.Null(await Store.GetAsync("a-1", false, default));
    }

    [Fact]
    public async Task PurgeCompletedAsync_TakesTheEarliestCompletedOnesAndNothingElse()
    {
        // All but the last of them end at Noon or a second later.
        var early = await BringToAsync("early", OrchestrationRuntimeStatus.Completed);
        await BringToAsync("failed", OrchestrationRuntimeStatus.Failed);
        await BringToAsync("terminated", OrchestrationRuntimeStatus.Terminated);
        await BringToAsync("running", OrchestrationRuntimeStatus.Running);
        await BringToAsync("early-2", OrchestrationRuntimeStatus.Completed);
        await Store.CompleteEpisodeAsync(Completion(await Store.StartAsync("late")) with { TurnAt = Noon.AddHours(1) });

        Assert.Equal(1, await Store.PurgeCompletedAsync(Noon.AddHours(1), limit: 1));
        Assert.Equal(1, await Store.PurgeCompletedAsync(Noon.AddHours(1), limit: 10));
        Assert.Equal(0, await Store.PurgeCompletedAsync(Noon.AddHours(1), limit: 10));

        Assert.Equal(["failed", "late", "running", "terminated"], (await Store.QueryAsync(new(), default)).Select(i => i.Id));
        Assert.Null(await Store.LoadAsync(early, default));
    }

    [Fact]
    public async Task Write_CommitFails_NothingIsWrittenAndTheStoreSaysSo()
    {
        var broken = false;
        var store = await OpenAsync(phase =>
        {
            if (broken && phase == CommitPhase.Before) throw new IOException("disk on fire");
        });
        var key = await store.StartAsync("a");
        broken = true;

        await Assert.ThrowsAsync<InstanceStoreException>(() => store.CompleteEpisodeAsync(Completion(key)));

        Assert.False(store.Health.IsHealthy);
        Assert.Contains("disk on fire", store.Health.LastError, StringComparison.Ordinal);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await store.ReadAsync("a")).Status);

        await Assert.ThrowsAsync<InstanceStoreException>(store.ProbeAsync);
        Assert.False(store.Health.IsHealthy);

        broken = false;
        await store.ProbeAsync();
        Assert.True(store.Health.IsHealthy);
        Assert.True((await store.CompleteEpisodeAsync(Completion(key))).Committed);
    }

    /// <summary>The key of an instance with input "first" that has this status.</summary>
    private protected async Task<long> BringToAsync(string id, OrchestrationRuntimeStatus status)
    {
        var key = await Store.StartAsync(id, "\"first\"");
        switch (status)
        {
            case OrchestrationRuntimeStatus.Running:
                await Store.CompleteEpisodeAsync(Episode(key));
                break;
            case OrchestrationRuntimeStatus.Suspended:
                await Store.SuspendAsync(id, Noon);
                break;
            case OrchestrationRuntimeStatus.Completed:
                await Store.CompleteEpisodeAsync(Completion(key));
                break;
            case OrchestrationRuntimeStatus.Failed:
                await Store.CompleteEpisodeAsync(Episode(key) with { End = new ExecutionEnd.Failed(new("X", "x", null, null, null)) });
                break;
            case OrchestrationRuntimeStatus.Terminated:
                await Store.TerminateAsync(id, null, false, Noon);
                break;
        }

        return key;
    }

    /// <summary>The key of the child, which answers its parent's task 4.</summary>
    private protected async Task<long> ParentWithChildAsync(string parent, string child)
    {
        var key = await Store.StartAsync(parent);
        return (await Store.CompleteEpisodeAsync(Episode(key) with { Children = [new(4, Instance(child, "5"))] })).Woken.Single();
    }
}
