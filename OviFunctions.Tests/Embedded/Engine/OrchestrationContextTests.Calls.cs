using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>Calls of activities and sub-orchestrations.</summary>
public sealed partial class OrchestrationContextTests
{
    [Fact]
    public async Task CallActivityAsync_Fails_DetailsCarryTheActivitysStackTrace()
    {
        await _host
            .Activity<string, string>("Pay", _ => throw new InvalidOperationException("no funds"))
            .Orchestrator("Flow", async context =>
            {
                var failed = await Assert.ThrowsAsync<TaskFailedException>(() => context.CallActivityAsync("Pay"));
                return failed.FailureDetails.StackTrace;
            })
            .StartAsync();

        Assert.Contains(
            nameof(CallActivityAsync_Fails_DetailsCarryTheActivitysStackTrace), (await _host.RunAsync("Flow")).ReadOutputAs<string>(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallActivityAsync_Fails_HasNoInnerException()
    {
        await _host
            .Activity<string, string>("Pay", _ => throw new InvalidOperationException("no funds"))
            .Orchestrator("Flow", async context =>
                (await Assert.ThrowsAsync<TaskFailedException>(() => context.CallActivityAsync("Pay"))).InnerException is null)
            .StartAsync();

        Assert.True((await _host.RunAsync("Flow")).ReadOutputAs<bool>());
    }

    [Fact]
    public async Task CallActivityAsync_OptionsAsTheOnlyArgument_AreOptionsAndNoInput()
    {
        var inputs = new ConcurrentQueue<string?>();
        await _host
            .Activity<string?, string>("Flaky", input =>
            {
                inputs.Enqueue(input);
                return inputs.Count < 2 ? throw new IOException("again") : "done";
            })
            .Orchestrator("Flow", context => context.CallActivityAsync<string>("Flaky", TaskOptions.FromRetryHandler(_ => true)))
            .StartAsync();

        Assert.Equal("done", (await _host.RunAsync("Flow")).ReadOutputAs<string>());
        Assert.Equal([null, null], inputs);
    }

    [Fact]
    public async Task CallActivityAsync_WithAVersion_IsRefused()
    {
        await _host.Orchestrator("Flow", context => context.CallActivityAsync("Pay", new TaskOptions { Version = "2" })).StartAsync();

        Assert.Equal("System.NotSupportedException", (await _host.RunAsync("Flow")).FailureDetails!.ErrorType);
    }

    [Fact]
    public async Task CallSubOrchestratorAsync_WithoutId_TakesTheNextNewGuid()
    {
        await _host
            .Orchestrator("Child", context => Task.FromResult(context.InstanceId))
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync<string>("Child"))
            .StartAsync();
        var at = _time.GetUtcNow().UtcDateTime;

        var child = (await _host.RunAsync("Parent", id: "dad")).ReadOutputAs<string>();

        Assert.Equal(DeterministicGuid.Create("dad", at, 0).ToString("N"), child);
    }

    [Fact]
    public async Task CallSubOrchestratorAsync_NotAwaited_KeepsTheParentRunningUntilItEnds()
    {
        await _host
            .Orchestrator("Child", context => context.WaitForExternalEvent<string>("Go"))
            .Orchestrator("Parent", context =>
            {
                _ = context.CallSubOrchestratorAsync<string>("Child", new SubOrchestrationOptions(instanceId: "kid"));
                context.SetCustomStatus("returned");
                return Task.FromResult("done");
            })
            .StartAsync();
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Parent", new StartOrchestrationOptions("dad"));
        await _host.UntilStatusAsync("dad", "returned");

        Assert.Equal(OrchestrationRuntimeStatus.Running, (await _host.GetAsync("dad")).RuntimeStatus);
        await _host.Client.RaiseEventAsync("kid", "Go", "x");

        Assert.Equal("done", (await _host.EndAsync("dad")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task CallSubOrchestratorAsync_ChildIsTerminated_HasFailed()
    {
        await _host
            .Orchestrator("Child", context => context.WaitForExternalEvent<string>("Never"))
            .Orchestrator("Parent", async context =>
            {
                var call = context.CallSubOrchestratorAsync<string>("Child", new SubOrchestrationOptions(instanceId: "kid"));
                return (await Assert.ThrowsAsync<TaskFailedException>(() => call)).FailureDetails.ErrorMessage;
            })
            .StartAsync();
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Parent", new StartOrchestrationOptions("dad"));
        await EngineHost.UntilAsync(async () => await _host.Client.GetInstanceAsync("kid") is not null);

        await _host.Client.TerminateInstanceAsync("kid");

        Assert.Contains("'kid' was terminated", (await _host.EndAsync("dad")).ReadOutputAs<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RetryHandler_GetsAttemptFailureAndTime_AndItsOwnTimerIsTheDelay()
    {
        var seen = new List<(int Attempt, string Error, double Seconds)>();
        var tries = 0;
        await _host
            .Activity<string, string>("Flaky", _ => throw new IOException($"try {++tries}"))
            .Orchestrator("Flow", async context =>
            {
                seen.Clear();
                await context.CallActivityAsync("Flaky", TaskOptions.FromRetryHandler(async retry =>
                {
                    seen.Add((retry.LastAttemptNumber, retry.LastFailure.ErrorMessage, retry.TotalRetryTime.TotalSeconds));
                    await retry.OrchestrationContext.CreateTimer(TimeSpan.FromSeconds(30), retry.CancellationToken);
                    return retry.LastAttemptNumber < 2;
                }));
            })
            .StartAsync();
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");

        for (var i = 0; i < 2; i++)
        {
            await EngineHost.UntilAsync(() => Task.FromResult(_time.PendingTimers > 0));
            _time.Advance(TimeSpan.FromSeconds(30));
        }

        Assert.EndsWith("try 2", (await _host.EndAsync(id)).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal([(1, "try 1", 0), (2, "try 2", 30)], seen);
    }
}
