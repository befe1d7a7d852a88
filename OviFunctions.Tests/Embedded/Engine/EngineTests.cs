using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>The engine end to end, in process; each test runs on both stores.</summary>
public abstract partial class EngineTests : IAsyncLifetime
{
    private readonly List<EngineHost> _hosts = [];

    private protected ManualTimeProvider Time { get; } = new();

    private protected abstract EngineOptions Options { get; }

    public Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
    }

    private protected EngineHost Host(EngineOptions? options = null, TimeProvider? stopwatch = null)
    {
        var host = new EngineHost(options ?? Options, Time) { Stopwatch = stopwatch ?? TimeProvider.System };
        _hosts.Add(host);
        return host;
    }

    [Fact]
    public async Task Sequence_ThreeActivities_OutputInOrder()
    {
        var host = await Host()
            .Activity<string, string>("Hello", city => $"Hello {city}!")
            .Orchestrator("Cities", async context =>
            {
                var greetings = new List<string>();
                foreach (var city in context.GetInput<string[]>()!) greetings.Add(await context.CallActivityAsync<string>("hello", city));
                return greetings;
            })
            .StartAsync();

        var end = await host.RunAsync("Cities", new[] { "Tokyo", "Kyiv", "Lima" });

        Assert.Equal(OrchestrationRuntimeStatus.Completed, end.RuntimeStatus);
        Assert.Equal(["Hello Tokyo!", "Hello Kyiv!", "Hello Lima!"], end.ReadOutputAs<string[]>()!);
        Assert.Equal(["Tokyo", "Kyiv", "Lima"], end.ReadInputAs<string[]>()!);
    }

    [Fact]
    public async Task FanOut_HundredActivities_AllResults()
    {
        var host = await Host()
            .Activity<int, int>("Square", async (n, _) =>
            {
                await Task.Yield();
                return n * n;
            })
            .Orchestrator("Sum", async context =>
                (await Task.WhenAll(Enumerable.Range(0, 100).Select(n => context.CallActivityAsync<int>("Square", n)))).Sum())
            .StartAsync();

        Assert.Equal(328350, (await host.RunAsync("Sum")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Activity_Throws_OrchestratorSeesTheFailureAsData()
    {
        var host = await Host()
            .Activity<string, string>("Pay", _ => throw new InvalidOperationException("no funds", new TimeoutException("slow")))
            .Orchestrator("Flow", async context =>
            {
                try
                {
                    return await context.CallActivityAsync<string>("Pay");
                }
                catch (TaskFailedException e) when (e.FailureDetails.IsCausedBy<InvalidOperationException>())
                {
                    return $"{e.Message}|{e.TaskName}|{e.TaskId}|{e.FailureDetails.InnerFailure!.ErrorType}";
                }
            })
            .StartAsync();

        Assert.Equal(
            "Task 'Pay' (#0) failed with an unhandled exception: no funds|Pay|0|System.TimeoutException",
            (await host.RunAsync("Flow")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Orchestrator_Throws_InstanceFailsWithDetails()
    {
        var host = await Host().Orchestrator("Flow", _ => throw new FormatException("bad input")).StartAsync();

        var end = await host.RunAsync("Flow");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, end.RuntimeStatus);
        Assert.Equal(("System.FormatException", "bad input"), (end.FailureDetails!.ErrorType, end.FailureDetails.ErrorMessage));
        Assert.Null(end.SerializedOutput);
    }

    [Fact]
    public async Task UnknownNames_FailWithoutRetries()
    {
        var host = await Host()
            .Orchestrator("Flow", context => context.CallActivityAsync("Nope", new TaskOptions(new RetryPolicy(3, TimeSpan.FromHours(1)))))
            .StartAsync();

        Assert.Contains("'Nope'", (await host.RunAsync("Flow")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("'Missing'", (await host.RunAsync("Missing")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RetryPolicy_TwoFailures_ThirdTrySucceedsAfterGrowingDelays()
    {
        var tries = new List<DateTimeOffset>();
        var host = await Host()
            .Activity<string, string>("Flaky", _ =>
            {
                tries.Add(Time.GetUtcNow());
                return tries.Count < 3 ? throw new IOException("again") : "done";
            })
            .Orchestrator("Flow", context =>
                context.CallActivityAsync<string>("Flaky", new TaskOptions(new RetryPolicy(5, TimeSpan.FromSeconds(10), backoffCoefficient: 3))))
            .StartAsync();

        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await AdvanceToNextTimerAsync(TimeSpan.FromSeconds(10));
        await AdvanceToNextTimerAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("done", (await host.EndAsync(id)).ReadOutputAs<string>());
        Assert.Equal([0, 10, 40], tries.Select(t => (int)(t - tries[0]).TotalSeconds));
    }

    [Fact]
    public async Task RetryPolicy_AttemptsUsedUpOrRefused_LastFailureIsThrown()
    {
        var tries = 0;
        var host = await Host()
            .Activity<string, string>("Flaky", _ => throw new IOException($"try {++tries}"))
            .Orchestrator("Refused", context => context.CallActivityAsync("Flaky", new TaskOptions(
                new RetryPolicy(5, TimeSpan.FromSeconds(1)) { HandleFailure = failure => !failure.IsCausedBy<IOException>() })))
            .Orchestrator("Once", context => context.CallActivityAsync("Flaky", new TaskOptions(new RetryPolicy(1, TimeSpan.FromSeconds(1)))))
            .StartAsync();

        Assert.EndsWith("try 1", (await host.RunAsync("Refused")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.EndsWith("try 2", (await host.RunAsync("Once")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RetryHandler_AsksForOneMoreTry_AtOnce()
    {
        var tries = 0;
        var host = await Host()
            .Activity<string, int>("Flaky", _ => ++tries < 3 ? throw new IOException("again") : tries)
            .Orchestrator("Flow", context => context.CallActivityAsync<int>("Flaky", TaskOptions.FromRetryHandler(retry => retry.LastAttemptNumber < 5)))
            .StartAsync();

        Assert.Equal(3, (await host.RunAsync("Flow")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task SubOrchestration_KnowsItsParentAndReturnsItsOutput()
    {
        var host = await Host()
            .Orchestrator("Child", context => Task.FromResult($"{context.Parent!.Name}/{context.Parent.InstanceId}/{context.GetInput<int>()}"))
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync<string>("Child", 7, new TaskOptions().WithInstanceId("kid")))
            .StartAsync();

        Assert.Equal("Parent/dad/7", (await host.RunAsync("Parent", id: "dad")).ReadOutputAs<string>());
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.GetAsync("kid")).RuntimeStatus);
    }

    [Fact]
    public async Task SubOrchestration_Fails_ParentSeesItsFailureAndMayRetryUnderTheSameId()
    {
        var tries = 0;
        var host = await Host()
            .Orchestrator("Child", _ => ++tries < 2 ? throw new FormatException("bad") : Task.FromResult(tries))
            .Orchestrator("Once", context => context.CallSubOrchestratorAsync<int>("Child", new SubOrchestrationOptions(instanceId: "kid")))
            .Orchestrator("Again", context => context.CallSubOrchestratorAsync<int>(
                "Child", new SubOrchestrationOptions(TaskRetryOptions.FromRetryHandler(_ => true), "kid")))
            .StartAsync();

        Assert.Contains("Task 'Child' (#0) failed with an unhandled exception: bad", (await host.RunAsync("Once")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        tries = 0;
        Assert.Equal(2, (await host.RunAsync("Again")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task CustomStatus_IsVisibleWhileRunningAndStaysAfterTheEnd()
    {
        var host = await Host()
            .Orchestrator("Flow", async context =>
            {
                context.SetCustomStatus("waiting");
                await context.WaitForExternalEvent<object>("Go");
                context.SetCustomStatus(new { Step = 2 });
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");

        await host.UntilStatusAsync(id, "waiting");
        await host.Client.RaiseEventAsync(id, "Go");

        Assert.Equal("{\"Step\":2}", (await host.EndAsync(id)).SerializedCustomStatus);
    }

    [Theory]
    [InlineData(8 * 1024 - 2, OrchestrationRuntimeStatus.Completed)]
    [InlineData(8 * 1024 - 1, OrchestrationRuntimeStatus.Failed)]
    public async Task CustomStatus_Over16KbOfUtf16_FailsTheInstance(int characters, OrchestrationRuntimeStatus expected)
    {
        var host = await Host()
            .Orchestrator("Flow", context =>
            {
                context.SetCustomStatus(new string('x', characters));
                return Task.CompletedTask;
            })
            .StartAsync();

        var end = await host.RunAsync("Flow");

        Assert.Equal(expected, end.RuntimeStatus);
        if (expected == OrchestrationRuntimeStatus.Failed) Assert.Contains("custom status", end.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ContinueAsNew_NewInputEmptyHistoryAndUnconsumedEvents()
    {
        var host = await Host()
            .Orchestrator("Counter", async context =>
            {
                var sum = context.GetInput<int>();
                if (sum == 0) await context.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
                sum += await context.WaitForExternalEvent<int>("Add");
                if (sum < 60) context.ContinueAsNew(sum);
                return sum;
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Counter");
        foreach (var n in (int[])[10, 20, 30]) await host.Client.RaiseEventAsync(id, "add", n);

        await AdvanceToNextTimerAsync(TimeSpan.FromMinutes(1));

        var end = await host.EndAsync(id);
        Assert.Equal(60, end.ReadOutputAs<int>());
        Assert.Equal(30, end.ReadInputAs<int>());
    }

    [Fact]
    public async Task SendEvent_ReachesTheOtherInstance_AndAnUnknownOneDoesNoHarm()
    {
        var host = await Host()
            .Orchestrator("Receiver", context => context.WaitForExternalEvent<string>("Hi"))
            .Orchestrator("Sender", context =>
            {
                context.SendEvent("receiver", "hi", "from sender");
                context.SendEvent("nobody", "hi", "from sender");
                return Task.CompletedTask;
            })
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Receiver", new StartOrchestrationOptions("receiver"));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.RunAsync("Sender")).RuntimeStatus);

        Assert.Equal("from sender", (await host.EndAsync("receiver")).ReadOutputAs<string>());
    }

    /// <summary>Waits until the engine waits for a timer, then moves the clock.</summary>
    private protected async Task AdvanceToNextTimerAsync(TimeSpan step)
    {
        await EngineHost.UntilAsync(() => Task.FromResult(Time.PendingTimers > 0));
        Time.Advance(step);
    }
}
