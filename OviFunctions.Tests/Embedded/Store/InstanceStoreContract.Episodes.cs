using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Store;
using static OviFunctions.Tests.Embedded.Store.StoreFixture;

namespace OviFunctions.Tests.Embedded.Store;

/// <summary>What every store does: episodes, activities, queries, what is left at a start.</summary>
public abstract partial class InstanceStoreContract
{
    [Fact]
    public async Task CompleteEpisodeAsync_NextTurn_CommitsEverything()
    {
        var key = await Store.StartAsync("a");
        var other = await Store.StartAsync("other");
        await Store.RaiseEventAsync("a", "First", "1", Noon);
        await Store.RaiseEventAsync("a", "Second", "2", Noon);
        var first = (await Store.LoadAsync(key)).Inbox[0];

        var result = await Store.CompleteEpisodeAsync(Episode(key) with
        {
            ConsumedMessages = [first.Id],
            Activities = [new(0, "Work", "\"in\"")],
            Timers = [new(1, Noon.AddHours(1)), new(2, Noon.AddHours(2))],
            Events = [new("other", "Hello", "3"), new("unknown", "Hello", "3")],
            Children = [new(3, Instance("a-1", "5"))],
            SetsCustomStatus = true,
            CustomStatus = "\"busy\"",
        });

        Assert.True(result.Committed);
        var work = await Store.LoadAsync(key);
        Assert.Equal((OrchestrationRuntimeStatus.Running, 1, Noon.AddSeconds(1)), (work.Instance.Status, work.Instance.NextSequence, work.Instance.TurnAt!.Value));
        Assert.Equal("\"busy\"", work.Instance.CustomStatus);
        Assert.Equal(SomeTurn, Assert.Single(work.Turns));
        Assert.Equal(["Second"], work.Inbox.Names());
        Assert.Equal([1, 2], work.Timers.Select(t => t.TaskId).Order());
        Assert.Equal("1", work.Payloads[first.Event.PayloadId!.Value]);
        var activity = await Store.GetActivityAsync(Assert.Single(result.Activities), default);
        Assert.Equal((key, "a", 0, "Work", "\"in\""), (activity!.InstanceKey, activity.InstanceId, activity.TaskId, activity.Name, activity.Input));
        Assert.Equal(["Hello"], (await Store.LoadAsync(other)).Inbox.Names());
        var child = await Store.ReadAsync("a-1");
        Assert.Equal(new ParentLink(key, "a", "Flow", 3), child.Parent);
        Assert.Equal([other, child.Key], result.Woken.Order());
    }

    [Fact]
    public async Task CompleteEpisodeAsync_SameTurnTwice_SecondIsSupersededAndWritesNothing()
    {
        var key = await Store.StartAsync("a");
        await Store.CompleteEpisodeAsync(Episode(key));

        var again = await Store.CompleteEpisodeAsync(Episode(key) with { Activities = [new(0, "Work", null)] });

        Assert.False(again.Committed);
        Assert.Empty(await Store.ReadActivitiesAsync(0, default));
        Assert.Single((await Store.LoadAsync(key)).Turns);
    }

    [Fact]
    public async Task CompleteEpisodeAsync_ReplacedInstance_IsSuperseded()
    {
        var old = await Store.StartAsync("a");
        await Store.CreateAsync(Instance("a"), []);

        Assert.False((await Store.CompleteEpisodeAsync(Completion(old))).Committed);

        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await Store.ReadAsync("a")).Status);
    }

    [Fact]
    public async Task CompleteEpisodeAsync_ClosedTimers_AreGone()
    {
        var key = await Store.StartAsync("a");
        await Store.CompleteEpisodeAsync(Episode(key) with { Timers = [new(0, Noon), new(1, Noon), new(2, Noon)] });

        await Store.CompleteEpisodeAsync(Episode(key, sequence: 1) with { ClosedTimers = [0, 2] });

        Assert.Equal([1], (await Store.LoadAsync(key)).Timers.Select(t => t.TaskId));
    }

    [Fact]
    public async Task CompleteEpisodeAsync_NoCustomStatusSet_LeavesTheLastOne()
    {
        var key = await Store.StartAsync("a");
        await Store.CompleteEpisodeAsync(Episode(key) with { SetsCustomStatus = true, CustomStatus = "1" });

        await Store.CompleteEpisodeAsync(Episode(key, sequence: 1));
        Assert.Equal("1", (await Store.ReadAsync("a")).CustomStatus);

        await Store.CompleteEpisodeAsync(Episode(key, sequence: 2) with { SetsCustomStatus = true });
        Assert.Null((await Store.ReadAsync("a")).CustomStatus);
    }

    [Fact]
    public async Task CompleteEpisodeAsync_ChildCompletes_ParentGetsItsOutput()
    {
        var child = await ParentWithChildAsync("a", "a-1");
        var parent = (await Store.ReadAsync("a")).Key;

        var result = await Store.CompleteEpisodeAsync(Completion(child, "\"out\""));

        Assert.Equal([parent], result.Woken);
        var message = Assert.Single((await Store.LoadAsync(parent)).Inbox).Event;
        Assert.Equal((HistoryEventKind.TaskCompleted, 4, "\"out\""), (message.Kind, message.TaskId, message.Payload));
    }

    [Fact]
    public async Task CompleteEpisodeAsync_ChildFails_ParentGetsTheFailureWithItsCauses()
    {
        var child = await ParentWithChildAsync("a", "a-1");
        var failure = new Microsoft.DurableTask.TaskFailureDetails("Outer", "o", "at X", new("Inner", "i", null, null, null), null);

        await Store.CompleteEpisodeAsync(Episode(child) with { End = new ExecutionEnd.Failed(failure) });

        var parent = await Store.LoadAsync((await Store.ReadAsync("a")).Key);
        Assert.Equal(new TaskFailure(failure), Assert.Single(parent.Inbox).Event.Failure);
        Assert.Equal(failure, (await Store.ReadAsync("a-1")).Failure);
    }

    [Fact]
    public async Task CompleteEpisodeAsync_ChildIdIsTaken_ParentGetsAFailureAndTheOtherGoesOn()
    {
        await Store.StartAsync("taken", "\"other\"");
        var key = await Store.StartAsync("a");

        var result = await Store.CompleteEpisodeAsync(Episode(key) with { Children = [new(0, Instance("taken"))] });

        Assert.Equal([key], result.Woken);
        Assert.Contains("taken", Assert.Single((await Store.LoadAsync(key)).Inbox).Event.Failure!.Details.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("\"other\"", (await Store.ReadAsync("taken")).Input);
    }

    [Fact]
    public async Task CompleteEpisodeAsync_ChildIdIsFinished_IsReplaced()
    {
        await BringToAsync("old", OrchestrationRuntimeStatus.Completed);
        var key = await Store.StartAsync("a");

        await Store.CompleteEpisodeAsync(Episode(key) with { Children = [new(0, Instance("old", "\"new\""))] });

        Assert.Equal("\"new\"", (await Store.ReadAsync("old")).Input);
    }

    [Fact]
    public async Task CompleteEpisodeAsync_ContinuedAsNew_EmptyHistoryAndCarriedEventsBeforeLaterOnes()
    {
        var key = await Store.StartAsync("a", "\"old\"");
        await Store.RaiseEventAsync("a", "Consumed", "0", Noon);
        var consumed = (await Store.LoadAsync(key)).Inbox.Single();
        await Store.RaiseEventAsync("a", "ArrivedMeanwhile", "2", Noon);

        await Store.CompleteEpisodeAsync(Episode(key) with
        {
            ConsumedMessages = [consumed.Id],
            End = new ExecutionEnd.ContinuedAsNew("\"new\"", [HistoryEvent.Raised("Carried1", null), HistoryEvent.Raised("Carried2", "1")]),
        });
        await Store.RaiseEventAsync("a", "Later", "3", Noon);

        var work = await Store.LoadAsync(key);
        Assert.Equal((1, 0, "\"new\""), (work.Instance.Execution, work.Instance.NextSequence, work.Instance.Input));
        Assert.Empty(work.Turns);
        Assert.Equal(["Carried1", "Carried2", "ArrivedMeanwhile", "Later"], work.Inbox.Names());
        Assert.Equal([null, "1", "2", "3"], work.Inbox.Select(m => m.Event.Payload));
        Assert.DoesNotContain("0", work.Payloads.Values);
        Assert.True((await Store.CompleteEpisodeAsync(Episode(key, sequence: 0, execution: 1))).Committed);
    }

    [Fact]
    public async Task CompleteActivityAsync_Once_OutcomeIsInTheInbox()
    {
        var key = await Store.StartAsync("a");
        var ids = (await Store.CompleteEpisodeAsync(Episode(key) with { Activities = [new(0, "Good", null), new(1, "Bad", null)] })).Activities;
        var failure = new TaskFailure(new("X", "x", "at X", null, null), IsNonRetriable: true);

        Assert.True(await Store.CompleteActivityAsync(ids[0], new("\"r\""), Noon));
        Assert.True(await Store.CompleteActivityAsync(ids[1], new(null, failure), Noon));
        Assert.False(await Store.CompleteActivityAsync(ids[0], new("\"other\""), Noon));

        var inbox = (await Store.LoadAsync(key)).Inbox.Select(m => m.Event).ToArray();
        Assert.Equal(2, inbox.Length);
        Assert.Equal((HistoryEventKind.TaskCompleted, 0, "\"r\""), (inbox[0].Kind, inbox[0].TaskId, inbox[0].Payload));
        Assert.Equal((HistoryEventKind.TaskFailed, 1, failure), (inbox[1].Kind, inbox[1].TaskId, inbox[1].Failure));
    }

    [Fact]
    public async Task QueryAsync_FiltersAndPages_InOrderOfIds()
    {
        for (var i = 0; i < 5; i++) await Store.StartAsync($"job_{i}", "1", Noon.AddMinutes(i));
        await Store.StartAsync("zzz");
        await Store.TerminateAsync("job_3", null, false, Noon);

        Assert.Equal(["job_0", "job_1"], await IdsAsync(new(IdPrefix: "job_", Limit: 2)));
        Assert.Equal(["job_2", "job_3"], await IdsAsync(new(IdPrefix: "job_", Limit: 2, AfterId: "job_1")));
        Assert.Equal(["job_1", "job_2"], await IdsAsync(new(CreatedFrom: Noon.AddMinutes(1), CreatedTo: Noon.AddMinutes(2))));
        Assert.Equal(["job_3"], await IdsAsync(new(Statuses: [OrchestrationRuntimeStatus.Terminated, OrchestrationRuntimeStatus.Failed])));
        Assert.Empty(await IdsAsync(new(Statuses: [])));
        Assert.Empty(await IdsAsync(new(IdPrefix: "JOB")));
        Assert.Equal(6, (await IdsAsync(new())).Length);
        Assert.Null((await Store.QueryAsync(new(Limit: 1), default))[0].Input);
        Assert.Equal("1", (await Store.QueryAsync(new(Limit: 1, WithPayloads: true), default))[0].Input);

        async Task<string[]> IdsAsync(InstanceQuery query) => [.. (await Store.QueryAsync(query, default)).Select(i => i.Id)];
    }

    [Fact]
    public async Task ReadWakeUpsAsync_EachUnfinishedInstance_WithItsNextTime()
    {
        var scheduled = (await Store.CreateAsync(Instance("scheduled", startAt: Noon.AddDays(1)), [])).Woken.Single();
        var fresh = await Store.StartAsync("fresh");
        var timed = await Store.StartAsync("timed");
        await Store.CompleteEpisodeAsync(Episode(timed) with { Timers = [new(0, Noon.AddHours(2)), new(1, Noon.AddHours(1))] });
        var told = await BringToAsync("told", OrchestrationRuntimeStatus.Running);
        await Store.RaiseEventAsync("told", "Go", null, Noon);
        var waiting = await BringToAsync("waiting", OrchestrationRuntimeStatus.Running);
        await BringToAsync("suspended", OrchestrationRuntimeStatus.Suspended);
        await BringToAsync("done", OrchestrationRuntimeStatus.Completed);

        var due = (await Store.ReadWakeUpsAsync(0, default)).ToDictionary(w => w.InstanceKey, w => w.DueAt);

        Assert.Equal(new[] { scheduled, fresh, timed, told, waiting }.Order(), due.Keys.Order());
        Assert.Equal(Noon.AddDays(1), due[scheduled]);
        Assert.True(due[fresh] <= Noon);
        Assert.Equal(Noon.AddHours(1), due[timed]);
        Assert.True(due[told] <= Noon);
        Assert.Null(due[waiting]);
        Assert.Equal(4, (await Store.ReadWakeUpsAsync(due.Keys.Min(), default)).Count);
    }

    [Fact]
    public async Task ReadActivitiesAsync_OpenOnes_InPages()
    {
        var key = await Store.StartAsync("a");
        var activities = Enumerable.Range(0, InstanceStore.PageLimit + 1).Select(i => new NewActivity(i, "Work", null)).ToArray();
        var ids = (await Store.CompleteEpisodeAsync(Episode(key) with { Activities = activities })).Activities;

        var first = await Store.ReadActivitiesAsync(0, default);
        var second = await Store.ReadActivitiesAsync(first[^1].Id, default);

        Assert.Equal(InstanceStore.PageLimit, first.Count);
        Assert.Equal(ids.Order().Select(id => new OpenActivity(id, key)), first.Concat(second));
        Assert.Empty(await Store.ReadActivitiesAsync(second[^1].Id, default));
    }
}
