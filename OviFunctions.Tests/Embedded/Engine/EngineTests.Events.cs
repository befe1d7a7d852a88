using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>Events, timers and their races.</summary>
public abstract partial class EngineTests
{
    [Fact]
    public async Task Timer_FiresAtItsTimeAndNotBefore()
    {
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                var start = context.CurrentUtcDateTime;
                await context.CreateTimer(TimeSpan.FromDays(30), CancellationToken.None);
                return context.CurrentUtcDateTime - start;
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");

        await AdvanceToNextTimerAsync(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        Assert.False((await host.GetAsync(id)).IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromDays(30), (await host.EndAsync(id)).ReadOutputAs<TimeSpan>());
    }

    [Fact]
    public async Task WaitWithTimeout_EventFirst_TimerIsCancelledAndTheInstanceEndsAtOnce()
    {
        var host = await Host().Orchestrator("Flow", context => context.WaitForExternalEvent<string>("Go", TimeSpan.FromHours(1))).StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.Client.RaiseEventAsync(id, "GO", "now");

        Assert.Equal("now", (await host.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task WaitWithTimeout_TimerFirst_ThrowsTaskCanceledAndALaterEventIsNotSwallowed()
    {
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                try
                {
                    return await context.WaitForExternalEvent<string>("Go", TimeSpan.FromHours(1));
                }
                catch (TaskCanceledException)
                {
                    context.SetCustomStatus("timed out");
                    return await context.WaitForExternalEvent<string>("Go");
                }
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await AdvanceToNextTimerAsync(TimeSpan.FromHours(1));
        await host.UntilStatusAsync(id, "timed out");

        await host.Client.RaiseEventAsync(id, "Go", "late");

        Assert.Equal("late", (await host.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task LosingTimer_NotCancelled_KeepsTheInstanceRunningUntilItFires()
    {
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                var timer = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                var go = context.WaitForExternalEvent<string>("Go");
                await Task.WhenAny(timer, go);
                context.SetCustomStatus("decided");
                return "event";
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.Client.RaiseEventAsync(id, "Go", "x");
        await host.UntilStatusAsync(id, "decided");

        Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.GetAsync(id)).RuntimeStatus);
        await AdvanceToNextTimerAsync(TimeSpan.FromHours(1));

        Assert.Equal("event", (await host.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Waiters_SeveralForOneName_NewestIsServedFirstAndCancelledOnesTakeNothing()
    {
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                using var cancellation = new CancellationTokenSource();
                var oldest = context.WaitForExternalEvent<int>("N");
                var cancelled = context.WaitForExternalEvent<int>("N", cancellation.Token);
                var newest = context.WaitForExternalEvent<int>("N");
                var last = context.WaitForExternalEvent<int>("N", new CancellationToken(canceled: true));
                cancellation.Cancel();
                context.SetCustomStatus("ready");
                await Task.WhenAll(oldest, newest);
                return new[] { await newest, await oldest, cancelled.IsCanceled && last.IsCanceled ? 1 : 0 };
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.UntilStatusAsync(id, "ready");

        await host.Client.RaiseEventAsync(id, "n", 10);
        await host.Client.RaiseEventAsync(id, "N", 20);

        var output = (await host.EndAsync(id)).ReadOutputAs<int[]>();
        Assert.Equal([10, 20, 1], output!);
    }

    [Fact]
    public async Task EarlyEvents_AreKeptInOrderPerName()
    {
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                await context.WaitForExternalEvent<object>("Start");
                return new[]
                {
                    await context.WaitForExternalEvent<string>("A"), await context.WaitForExternalEvent<string>("B"), await context.WaitForExternalEvent<string>("A"),
                };
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.Client.RaiseEventAsync(id, "A", "a1");
        await host.Client.RaiseEventAsync(id, "a", "a2");
        await host.Client.RaiseEventAsync(id, "B", "b1");
        await host.Client.RaiseEventAsync(id, "Start");

        Assert.Equal(["a1", "b1", "a2"], (await host.EndAsync(id)).ReadOutputAs<string[]>()!);
    }

    [Fact]
    public async Task Waiters_OfDifferentTypesForOneName_AreRefused()
    {
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                _ = context.WaitForExternalEvent<int>("N");
                await context.WaitForExternalEvent<string>("n");
            })
            .StartAsync();

        Assert.Equal("System.ArgumentException", (await host.RunAsync("Flow")).FailureDetails!.ErrorType);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ContinueAsNew_EventForAWaiterThatIsLeftBehind_IsCarriedOver(bool afterTheReturn)
    {
        var host = await Host()
            .Activity<string, string>("Work", _ => "done")
            .Orchestrator("Flow", async context =>
            {
                var got = context.WaitForExternalEvent<string>("Go");
                if (context.GetInput<bool>()) return await got;
                await context.WaitForExternalEvent<string>("Next");
                context.ContinueAsNew(true);
                if (!afterTheReturn) await context.CallActivityAsync("Work");
                return "left";
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", false);
        await host.Client.SuspendInstanceAsync(id);
        await host.Client.RaiseEventAsync(id, "Next", "x");
        await host.Client.RaiseEventAsync(id, "Go", "kept");
        await host.Client.ResumeInstanceAsync(id);

        Assert.Equal("kept", (await host.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Event_OfTheWrongShape_IsTheWaitersToCatch()
    {
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                try
                {
                    return await context.WaitForExternalEvent<int>("N");
                }
                catch (System.Text.Json.JsonException)
                {
                    return await context.WaitForExternalEvent<int>("N");
                }
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.Client.RaiseEventAsync(id, "N", "not a number");
        await host.Client.RaiseEventAsync(id, "N", 5);

        Assert.Equal(5, (await host.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task EventAndTimer_BothWaitingAfterAStop_TheOneThatCameFirstWins()
    {
        var host = await Host(Options)
            .Orchestrator("Flow", RaceAsync)
            .StartAsync();
        foreach (var id in (string[])["event-first", "timer-first"])
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions(id));
            await host.UntilStatusAsync(id, "racing");
            await host.Client.SuspendInstanceAsync(id);
        }

        Time.Advance(TimeSpan.FromMinutes(5));
        await host.Client.RaiseEventAsync("event-first", "Go", "x");
        Time.Advance(TimeSpan.FromMinutes(6));
        await host.Client.RaiseEventAsync("timer-first", "Go", "x");
        await host.Client.ResumeInstanceAsync("event-first");
        await host.Client.ResumeInstanceAsync("timer-first");

        Assert.Equal("event", (await host.EndAsync("event-first")).ReadOutputAs<string>());
        Assert.Equal("timer", (await host.EndAsync("timer-first")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task EventAndTimer_MoreWaitsThanAnEpisodeTakes_TheOneThatCameFirstWins()
    {
        var host = await Host()
            .Orchestrator("Flow", RaceAsync)
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.UntilStatusAsync(id, "racing");
        await host.Client.SuspendInstanceAsync(id);
        await Task.WhenAll(Enumerable.Range(0, InstanceStore.PageLimit).Select(_ => host.Client.RaiseEventAsync(id, "Noise")));
        await host.Client.RaiseEventAsync(id, "Go", "x");

        Time.Advance(TimeSpan.FromMinutes(11));
        await host.Client.ResumeInstanceAsync(id);

        Assert.Equal("event", (await host.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Polling_TimerAndEventInALoop_OneWaitCreatedOnce()
    {
        var polls = 0;
        var host = await Host()
            .Activity<string, int>("Poll", _ => ++polls)
            .Orchestrator("Flow", async context =>
            {
                var done = context.WaitForExternalEvent<string>("Done");
                for (var i = 0; i < 3; i++)
                {
                    using var cancellation = new CancellationTokenSource();
                    var timer = context.CreateTimer(TimeSpan.FromSeconds(5), cancellation.Token);
                    if (await Task.WhenAny(done, timer) == done)
                    {
                        cancellation.Cancel();
                        return await done;
                    }

                    context.SetCustomStatus($"poll {await context.CallActivityAsync<int>("Poll")}");
                }

                return "gave up";
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await AdvanceToNextTimerAsync(TimeSpan.FromSeconds(5));
        await host.UntilStatusAsync(id, "poll 1");
        await AdvanceToNextTimerAsync(TimeSpan.FromSeconds(5));
        await host.UntilStatusAsync(id, "poll 2");

        await host.Client.RaiseEventAsync(id, "Done", "video");

        Assert.Equal("video", (await host.EndAsync(id)).ReadOutputAs<string>());
        Assert.Equal(2, polls);
    }

    private static async Task<string> RaceAsync(TaskOrchestrationContext context)
    {
        using var cancellation = new CancellationTokenSource();
        var timer = context.CreateTimer(TimeSpan.FromMinutes(10), cancellation.Token);
        var go = context.WaitForExternalEvent<string>("Go");
        context.SetCustomStatus("racing");
        var winner = await Task.WhenAny(timer, go);
        cancellation.Cancel();
        return winner == go ? "event" : "timer";
    }
}
