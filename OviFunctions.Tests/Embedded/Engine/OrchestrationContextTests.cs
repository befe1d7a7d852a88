using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>What an orchestrator's code sees of its context, as docs/durable-functions-behaviour.md lists it.</summary>
public sealed partial class OrchestrationContextTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly EngineHost _host;

    public OrchestrationContextTests() => _host = new EngineHost(new EngineOptions(), _time);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task GetInput_AsAnotherType_IsReadAnew()
    {
        await _host.Orchestrator("Flow", context => Task.FromResult(context.GetInput<long>() + context.GetInput<double>())).StartAsync();

        Assert.Equal(14, (await _host.RunAsync("Flow", 7)).ReadOutputAs<double>());
    }

    [Fact]
    public async Task Properties_ReadOnAnotherThread_AreNotRefused()
    {
        (string Id, string Name, DateTime Now, bool Replaying) seen = default;
        Exception? refused = null;
        await _host
            .Orchestrator("Flow", context =>
            {
                var thread = new Thread(() => refused = Record.Exception(
                    () => seen = (context.InstanceId, context.Name.Name, context.CurrentUtcDateTime, context.IsReplaying)));
                thread.Start();
                thread.Join();
                return Task.CompletedTask;
            })
            .StartAsync();

        await _host.RunAsync("Flow", id: "a");

        Assert.Null(refused);
        Assert.Equal((Id: "a", Name: "Flow", Now: _time.GetUtcNow().UtcDateTime, Replaying: false), seen);
    }

    [Fact]
    public async Task Calls_OnAnotherThread_Throw()
    {
        var refused = new List<Exception?>();
        await _host
            .Orchestrator("Flow", context =>
            {
                Action[] calls =
                [
                    () => context.GetInput<int>(), () => context.NewGuid(), () => context.SetCustomStatus(1), () => context.ContinueAsNew(1),
                    () => context.SendEvent("a", "b", 1), () => context.CallActivityAsync("Work").GetAwaiter().GetResult(),
                    () => context.CallSubOrchestratorAsync("Flow").GetAwaiter().GetResult(),
                    () => context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None).GetAwaiter().GetResult(),
                    () => context.WaitForExternalEvent<int>("Go").GetAwaiter().GetResult(),
                ];
                foreach (var call in calls)
                {
                    var thread = new Thread(() => refused.Add(Record.Exception(call)));
                    thread.Start();
                    thread.Join(TimeSpan.FromSeconds(5));
                }

                return Task.CompletedTask;
            })
            .StartAsync();

        Assert.Contains("not durable", (await _host.RunAsync("Flow")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);

        Assert.Equal(9, refused.Count);
        Assert.All(refused, e => Assert.IsType<InvalidOperationException>(e));
    }

    [Fact]
    public async Task CurrentUtcDateTime_WithinATurn_StandsStillAndIsUtc()
    {
        var seen = new List<DateTime>();
        await _host
            .Orchestrator("Flow", context =>
            {
                seen.Add(context.CurrentUtcDateTime);
                _time.Advance(TimeSpan.FromMinutes(1));
                seen.Add(context.CurrentUtcDateTime);
                return Task.CompletedTask;
            })
            .StartAsync();

        await _host.RunAsync("Flow");

        Assert.Equal(seen[0], seen[1]);
        Assert.All(seen, at => Assert.Equal(DateTimeKind.Utc, at.Kind));
    }

    [Fact]
    public async Task Continuations_OfOneTurn_RunInTheOrderOfTheHistoryOnOneThread()
    {
        var steps = new List<string>();
        var threads = new HashSet<int>();
        await _host
            .Orchestrator("Flow", async context =>
            {
                steps.Clear();
                threads.Clear();
                context.SetCustomStatus("waiting");
                await Task.WhenAll(StepAsync("A"), StepAsync("B"), StepAsync("C"));

                async Task StepAsync(string name)
                {
                    threads.Add(Environment.CurrentManagedThreadId);
                    await context.WaitForExternalEvent<int>(name);
                    threads.Add(Environment.CurrentManagedThreadId);
                    steps.Add(name);
                }
            })
            .StartAsync();
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await _host.UntilStatusAsync(id, "waiting");

        await _host.Client.SuspendInstanceAsync(id);
        foreach (var name in (string[])["C", "A", "B"]) await _host.Client.RaiseEventAsync(id, name, 1);
        await _host.Client.ResumeInstanceAsync(id);
        await _host.EndAsync(id);

        Assert.Equal(["C", "A", "B"], steps);
        Assert.Single(threads);
    }

    [Fact]
    public async Task Parent_OfATopLevelInstance_IsNull()
    {
        await _host.Orchestrator("Flow", context => Task.FromResult(context.Parent is null)).StartAsync();

        Assert.True((await _host.RunAsync("Flow")).ReadOutputAs<bool>());
    }

    [Fact]
    public async Task CreateTimer_Delay_CountsFromTheTurnsTime()
    {
        await _host
            .Orchestrator("Flow", async context =>
            {
                var start = context.CurrentUtcDateTime;
                if (!context.IsReplaying) _time.Advance(TimeSpan.FromMinutes(20));
                await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                return context.CurrentUtcDateTime - start;
            })
            .StartAsync();
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");

        await EngineHost.UntilAsync(() => Task.FromResult(_time.PendingTimers > 0));
        _time.Advance(TimeSpan.FromMinutes(40));

        Assert.Equal(TimeSpan.FromHours(1), (await _host.EndAsync(id)).ReadOutputAs<TimeSpan>());
    }

    [Fact]
    public async Task CreateTimer_LocalTime_IsConvertedToUtc()
    {
        await _host
            .Orchestrator("Flow", async context =>
            {
                var start = context.CurrentUtcDateTime;
                await context.CreateTimer(start.AddHours(1).ToLocalTime(), CancellationToken.None);
                return context.CurrentUtcDateTime - start;
            })
            .StartAsync();
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");

        await EngineHost.UntilAsync(() => Task.FromResult(_time.PendingTimers > 0));
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(TimeSpan.FromHours(1), (await _host.EndAsync(id)).ReadOutputAs<TimeSpan>());
    }

    [Fact]
    public async Task WaitForExternalEvent_TimeoutAndTokenCancelled_ThrowsAndLeavesNoTimer()
    {
        await _host
            .Orchestrator("Flow", async context =>
            {
                using var cancellation = new CancellationTokenSource();
                var go = context.WaitForExternalEvent<string>("Go", TimeSpan.FromDays(1), cancellation.Token);
                await context.WaitForExternalEvent<string>("Stop");
                cancellation.Cancel();
                await Assert.ThrowsAsync<TaskCanceledException>(() => go);
                return "stopped";
            })
            .StartAsync();
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");

        await _host.Client.RaiseEventAsync(id, "Stop", "x");

        // The clock stands still: an open timer would keep the instance running.
        Assert.Equal("stopped", (await _host.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task WaitForExternalEvent_LostTheRace_TheEventIsKeptForALaterWaiter()
    {
        await _host
            .Activity<string, string>("Work", _ => "worked")
            .Orchestrator("Flow", async context =>
            {
                using var cancellation = new CancellationTokenSource();
                await Task.WhenAny(context.WaitForExternalEvent<string>("Go", cancellation.Token), context.CallActivityAsync("Work"));
                cancellation.Cancel();
                context.SetCustomStatus("lost");
                await context.WaitForExternalEvent<string>("Next");
                return await context.WaitForExternalEvent<string>("Go");
            })
            .StartAsync();
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await _host.UntilStatusAsync(id, "lost");

        await _host.Client.RaiseEventAsync(id, "Go", "not swallowed");
        await _host.Client.RaiseEventAsync(id, "Next", "x");

        Assert.Equal("not swallowed", (await _host.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task WaitForExternalEvent_Cancelled_IsNothingToWaitFor()
    {
        await _host
            .Orchestrator("Flow", async context =>
            {
                using var cancellation = new CancellationTokenSource();
                _ = context.WaitForExternalEvent<string>("Go", cancellation.Token);
                cancellation.Cancel();
                await new TaskCompletionSource().Task;
            })
            .StartAsync();

        Assert.Contains("it waits, but for no durable task", (await _host.RunAsync("Flow")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SetCustomStatus_SeveralInATurn_TheLastCountsAndNullClears()
    {
        await _host
            .Orchestrator("Flow", async context =>
            {
                context.SetCustomStatus("first");
                context.SetCustomStatus("second");
                await context.WaitForExternalEvent<string>("Go");
                context.SetCustomStatus(null);
            })
            .StartAsync();
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await _host.UntilStatusAsync(id, "second");

        await _host.Client.RaiseEventAsync(id, "Go", "x");

        Assert.Null((await _host.EndAsync(id)).SerializedCustomStatus);
    }

    [Theory]
    [InlineData(true, "early")]
    [InlineData(false, "later")]
    public async Task ContinueAsNew_EventsThatNobodyTook_GoAlongOnlyIfPreserved(bool preserve, string expected)
    {
        await _host
            .Orchestrator("Flow", async context =>
            {
                if (context.GetInput<bool>())
                {
                    context.SetCustomStatus("again");
                    return await context.WaitForExternalEvent<string>("Go");
                }

                await context.WaitForExternalEvent<string>("Next");
                context.ContinueAsNew(true, preserve);
                return "left";
            })
            .StartAsync();
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", false);
        await _host.Client.RaiseEventAsync(id, "Go", "early");
        await _host.Client.RaiseEventAsync(id, "Next", "x");
        await EngineHost.UntilAsync(async () => await _host.GetAsync(id) is { SerializedCustomStatus: not null } or { IsCompleted: true });

        if (!preserve) await _host.Client.RaiseEventAsync(id, "Go", "later");

        Assert.Equal(expected, (await _host.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task ContinueAsNew_CalledBeforeTheEnd_TakesEffectWhenTheCodeReturns()
    {
        var worked = 0;
        await _host
            .Activity<int, int>("Work", n => Interlocked.Add(ref worked, n))
            .Orchestrator("Flow", async context =>
            {
                if (context.GetInput<bool>()) return "new";
                context.ContinueAsNew(new ContinueAsNewOptions { NewInput = true });
                await context.CallActivityAsync("Work", 7);
                return "old";
            })
            .StartAsync();

        Assert.Equal("new", (await _host.RunAsync("Flow", false)).ReadOutputAs<string>());
        Assert.Equal(7, worked);
        Assert.True(new ContinueAsNewOptions().PreserveUnprocessedEvents);
    }
}
