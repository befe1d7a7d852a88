using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>Code of orchestrators that breaks the rules.</summary>
public abstract partial class EngineTests
{
    [Fact]
    public async Task IllegalAwait_NothingDurableIsOpen_FailsAtOnceWithAClearMessage()
    {
        var never = new TaskCompletionSource();
        var host = await Host().Orchestrator("Flow", _ => never.Task).StartAsync();

        var end = await host.RunAsync("Flow");

        Assert.Contains("not durable", end.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IllegalAwait_CodeGoesOnInAnotherThread_FailsWithAClearMessage()
    {
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                var activity = context.CallActivityAsync<string>("Work");
                using var elsewhere = new ManualResetEventSlim();
                var post = SynchronizationContext.Current!;
                var thread = new Thread(() =>
                {
                    post.Post(_ => { }, null);
                    elsewhere.Set();
                });
                thread.Start();
                elsewhere.Wait();
                return await activity;
            })
            .Activity<string, string>("Work", _ => "x")
            .StartAsync();

        Assert.Contains("another thread", (await host.RunAsync("Flow")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task IllegalAwait_WhileADurableTaskIsOpen_FailsAsSoonAsItComesBack(bool race)
    {
        var elsewhere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                var timer = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                context.SetCustomStatus("waiting");
                await (race ? Task.WhenAny(timer, elsewhere.Task) : elsewhere.Task);
                await timer;
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.UntilStatusAsync(id, "waiting");

        elsewhere.SetResult();

        Assert.Contains("not durable", (await host.EndAsync(id)).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task IllegalCancellation_ByAClock_FailsTheInstanceAndNotTheProcess(bool timer)
    {
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                using var clock = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
                await (timer
                    ? context.CreateTimer(TimeSpan.FromHours(1), clock.Token)
                    : context.WaitForExternalEvent<string>("Go", clock.Token));
            })
            .StartAsync();

        Assert.Contains("not durable", (await host.RunAsync("Flow")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Context_UsedOffTheOrchestratorsThread_Throws()
    {
        var seen = new TaskCompletionSource<Exception?>();
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                _ = Task.Run(async () => seen.TrySetResult(await Record.ExceptionAsync(() => context.CallActivityAsync("Work"))));
                await context.WaitForExternalEvent<object>("Go");
            })
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");

        Assert.IsType<InvalidOperationException>(await seen.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task NonDeterminism_CodeDiffersFromHistory_FailsNamingBoth()
    {
        var changed = false;
        var host = await Host()
            .Activity<string, string>("Old", _ => "x")
            .Activity<string, string>("New", _ => "x")
            .Orchestrator("Flow", async context =>
            {
                await context.CallActivityAsync(changed ? "New" : "Old");
                context.SetCustomStatus("waiting");
                await context.WaitForExternalEvent<object>("Go");
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.UntilStatusAsync(id, "waiting");

        changed = true;
        await host.Client.RaiseEventAsync(id, "Go");

        var message = (await host.EndAsync(id)).FailureDetails!.ErrorMessage;
        Assert.Contains("activity 'Old' with sequence id 0", message, StringComparison.Ordinal);
        Assert.Contains("activity 'New' with sequence id 0", message, StringComparison.Ordinal);
        Assert.Contains("changed after this instance", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NonDeterminism_ReplayLeavesACancelledTimerOpen_FailsNamingIt()
    {
        var changed = false;
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                using var cancellation = new CancellationTokenSource();
                var timer = context.CreateTimer(TimeSpan.FromHours(1), cancellation.Token);
                if (!changed) cancellation.Cancel();
                context.SetCustomStatus("waiting");
                await context.WaitForExternalEvent<object>("Go");
                if (changed) await timer;
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.UntilStatusAsync(id, "waiting");

        changed = true;
        await host.Client.RaiseEventAsync(id, "Go");

        Assert.Contains("timer with sequence id 0", (await host.EndAsync(id)).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }
}
