using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>What is too large is refused or fails its instance, with a text that says so, and the others go on.</summary>
public abstract partial class EngineTests
{
    /// <summary>As JSON, in its quotes, the smallest payload that is too large, and the largest that is not.</summary>
    private static readonly string TooLarge = new('x', PayloadLimit.LargestPayload - 1);
    private static readonly string JustFits = TooLarge[1..];

    [Fact]
    public async Task Client_PayloadOverTheLimit_IsRefusedAndNothingIsWritten()
    {
        var host = await Host()
            .Orchestrator("Echo", context => Task.FromResult(context.GetInput<string>()))
            .Orchestrator("Wait", context => context.WaitForExternalEvent<string>("Go"))
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait");

        await AssertRefusedAsync(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", TooLarge, new StartOrchestrationOptions("big")));
        await AssertRefusedAsync(() => host.Client.RaiseEventAsync(id, "Go", TooLarge));
        await AssertRefusedAsync(() => host.Client.TerminateInstanceAsync(id, new TerminateInstanceOptions(TooLarge)));

        Assert.Null(await host.Client.GetInstanceAsync("big"));
        await host.Client.RaiseEventAsync(id, "Go", JustFits);
        Assert.Equal(JustFits, (await host.EndAsync(id)).ReadOutputAs<string>());
        Assert.Equal(JustFits, (await host.RunAsync("Echo", JustFits)).ReadOutputAs<string>());

        static async Task AssertRefusedAsync(Func<Task> call) => AssertNamesSizeAndLimit((await Assert.ThrowsAsync<ArgumentException>(call)).Message);
    }

    [Fact]
    public async Task Client_NameOrTagsOverTheLimit_AreRefused()
    {
        var name = new string('n', PayloadLimit.LongestName + 1);
        var tags = new Dictionary<string, string> { ["plan"] = new('t', PayloadLimit.LargestTags) };
        var host = await Host().Orchestrator("Wait", context => context.WaitForExternalEvent<string>("Go")).StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait");

        Assert.Contains("1001 characters, at most 1000", await RefusalAsync(() => host.Client.ScheduleNewOrchestrationInstanceAsync(name)), StringComparison.Ordinal);
        Assert.Contains("1001 characters, at most 1000", await RefusalAsync(() => host.Client.RaiseEventAsync(id, name)), StringComparison.Ordinal);
        Assert.Contains("1001 characters, at most 1000", await RefusalAsync(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", new StartOrchestrationOptions { Version = name })), StringComparison.Ordinal);
        Assert.Contains("16388 bytes, at most 16384", await RefusalAsync(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", new StartOrchestrationOptions { Tags = tags })), StringComparison.Ordinal);

        static async Task<string> RefusalAsync(Func<Task> call) => (await Assert.ThrowsAsync<ArgumentException>(call)).Message;
    }

    [Theory]
    [InlineData("activity")]
    [InlineData("sub-orchestration")]
    [InlineData("event")]
    [InlineData("continue")]
    [InlineData("output")]
    public async Task Orchestrator_PayloadOverTheLimit_FailsAndTheOthersGoOn(string door)
    {
        var host = await Host()
            .Activity<string, string>("Work", input => input)
            .Orchestrator("Flow", context => context.CallActivityAsync<string>("Work", "fine"))
            .Orchestrator<string?>("Poison", async context =>
            {
                switch (door)
                {
                    case "activity": return await context.CallActivityAsync<string>("Work", TooLarge);
                    case "sub-orchestration": return await context.CallSubOrchestratorAsync<string>("Flow", TooLarge);
                    case "event": context.SendEvent("somebody", "Go", TooLarge); break;
                    case "continue": context.ContinueAsNew(TooLarge); break;
                }

                return TooLarge;
            })
            .StartAsync();

        var poison = host.RunAsync("Poison");

        Assert.Equal("fine", (await host.RunAsync("Flow")).ReadOutputAs<string>());
        var end = await poison;
        Assert.Equal(OrchestrationRuntimeStatus.Failed, end.RuntimeStatus);
        AssertNamesSizeAndLimit(end.FailureDetails!.ErrorMessage);
    }

    [Fact]
    public async Task Orchestrator_CatchesTheRefusal_GoesOnTheSameInEachReplay()
    {
        var host = await Host()
            .Activity<string, string>("Work", input => input)
            .Orchestrator("Flow", async context =>
            {
                var refused = await Assert.ThrowsAsync<ArgumentException>(() => context.CallActivityAsync("Work", TooLarge));
                var first = await context.CallActivityAsync<string>("Work", "a");
                return first + await context.CallActivityAsync<string>("Work", "b") + refused.Message.Length;
            })
            .StartAsync();

        var end = await host.RunAsync("Flow");

        Assert.StartsWith("ab", end.ReadOutputAs<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activity_ResultOverTheLimit_FailsWithoutAnotherTry()
    {
        var runs = 0;
        var host = await Host()
            .Activity<string, string>("Work", _ =>
            {
                Interlocked.Increment(ref runs);
                return TooLarge;
            })
            .Orchestrator("Flow", context => context.CallActivityAsync<string>(
                "Work", options: TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromTicks(1)))))
            .StartAsync();

        var end = await host.RunAsync("Flow");

        AssertNamesSizeAndLimit(end.FailureDetails!.ErrorMessage);
        Assert.Equal("PayloadTooLarge", end.FailureDetails.InnerFailure!.ErrorType);
        Assert.Equal(1, runs);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Failure_LongTextAndManyCauses_IsCut(bool inOrchestrator)
    {
        var text = string.Concat(Enumerable.Repeat("\U0001F4A5", 100_000));
        var thrown = Enumerable.Range(0, 100).Aggregate(new InvalidOperationException(text), (cause, _) => new(text, cause));
        var host = await Host()
            .Activity<string, string>("Work", _ => throw thrown)
            .Orchestrator("Flow", context => inOrchestrator ? throw thrown : context.CallActivityAsync<string>("Work"))
            .StartAsync();

        var end = await host.RunAsync("Flow");

        var chain = new List<TaskFailureDetails>();
        for (var failure = end.FailureDetails; failure is not null; failure = failure.InnerFailure) chain.Add(failure);
        Assert.Equal(FailureLimit.LongestChain, chain.Count);
        Assert.All(chain, failure => Assert.InRange(failure.ErrorMessage.Length, 1000, FailureLimit.LongestText));
        Assert.EndsWith("\U0001F4A5... [cut, 200000 characters]", chain[^1].ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_MessageThrows_IsRecordedAllTheSame()
    {
        var host = await Host()
            .Activity<string, string>("Work", _ => throw new UnreadableException())
            .Orchestrator("Flow", context => context.CallActivityAsync<string>("Work"))
            .StartAsync();

        var failure = (await host.RunAsync("Flow")).FailureDetails!.InnerFailure!;

        Assert.True(failure.IsCausedBy<UnreadableException>());
        Assert.Contains("cannot be read", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("activities")]
    [InlineData("sub-orchestrations")]
    [InlineData("timers")]
    [InlineData("events")]
    [InlineData("waits")]
    public async Task Turn_NeverStopsAsking_FailsItsInstanceAndTheOthersGoOn(string what)
    {
        var host = await Host()
            .Activity<string, string>("Work", input => input)
            .Orchestrator("Flow", context => context.CallActivityAsync<string>("Work", "fine"))
            .Orchestrator("Poison", async context =>
            {
                var tasks = new List<Task>();
                while (true)
                {
                    switch (what)
                    {
                        case "activities": tasks.Add(context.CallActivityAsync("Work")); break;
                        case "sub-orchestrations": tasks.Add(context.CallSubOrchestratorAsync("Flow")); break;
                        case "timers": tasks.Add(context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None)); break;
                        case "events": context.SendEvent("somebody", "Go", 1); break;
                        case "waits": tasks.Add(context.WaitForExternalEvent<string>("Go")); break;
                        default: await Task.WhenAll(tasks); break;
                    }
                }
            })
            .StartAsync();

        var poison = host.RunAsync("Poison");

        Assert.Equal("fine", (await host.RunAsync("Flow")).ReadOutputAs<string>());
        Assert.Contains("more than 100000 calls", (await poison).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Turn_BytesOverTheLimit_FailsAlsoIfTheCodeCatches()
    {
        var mebibyte = new string('x', 1 << 20);
        var host = await Host()
            .Activity<string, string>("Work", input => input)
            .Orchestrator("Poison", context =>
            {
                for (var i = 0; i < 40; i++) _ = Record.ExceptionAsync(() => context.CallActivityAsync("Work", mebibyte));
                return Task.CompletedTask;
            })
            .StartAsync();

        var end = await host.RunAsync("Poison");

        Assert.Contains($"more than {32 << 20} bytes", end.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_OverTheLimit_FailsAndTheOthersGoOn()
    {
        var host = await Host()
            .Activity<string, string>("Work", input => input)
            .Orchestrator("Flow", context => context.CallActivityAsync<string>("Work", "fine"))
            .Orchestrator("Poison", context => context.WaitForExternalEvent<string>("Go"))
            .StartAsync();
        var id = await StartSuspendedAsync(host, "Poison");
        for (var i = 0; i < InstanceLoad.LargestHistory / PayloadLimit.LargestPayload; i++) await host.Client.RaiseEventAsync(id, "Noise", JustFits);

        await host.Client.RaiseEventAsync(id, "Noise", JustFits);
        await host.Client.RaiseEventAsync(id, "Noise", JustFits);
        await host.Client.ResumeInstanceAsync(id);

        Assert.Equal("fine", (await host.RunAsync("Flow")).ReadOutputAs<string>());
        var failure = (await host.EndAsync(id)).FailureDetails!;
        Assert.Contains($"more than {InstanceLoad.LargestHistory} bytes", failure.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("Continue as new", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LargeEvents_InSeveralPages_TheLastStillWinsAgainstALaterTimer()
    {
        var host = await Host()
            .Orchestrator("Race", async context =>
            {
                using var cancellation = new CancellationTokenSource();
                var timer = context.CreateTimer(TimeSpan.FromHours(1), cancellation.Token);
                var last = context.WaitForExternalEvent<string>("Last");
                context.SetCustomStatus("racing");
                if (await Task.WhenAny(timer, last) == timer) return "timer";
#pragma warning disable CA1849 // CancelAsync would leave the orchestrator's thread
                cancellation.Cancel();
#pragma warning restore CA1849
                return await last;
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Race");
        await host.UntilStatusAsync(id, "racing");
        await host.Client.SuspendInstanceAsync(id);
        for (var i = 0; i < 5; i++) await host.Client.RaiseEventAsync(id, "Noise", JustFits);
        await host.Client.RaiseEventAsync(id, "Last", "event");
        Time.Advance(TimeSpan.FromHours(2));

        await host.Client.ResumeInstanceAsync(id);

        Assert.Equal("event", (await host.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task ContinueAsNew_EventsOverTheTurnsLimit_Fails()
    {
        var host = await Host()
            .Orchestrator("Poison", async context =>
            {
                await context.WaitForExternalEvent<string>("Go");
                context.ContinueAsNew();
            })
            .StartAsync();
        var id = await StartSuspendedAsync(host, "Poison");
        for (var i = 0; i <= TurnActions.MostBytes / PayloadLimit.LargestPayload; i++) await host.Client.RaiseEventAsync(id, "Noise", JustFits);
        await host.Client.RaiseEventAsync(id, "Go", "now");

        await host.Client.ResumeInstanceAsync(id);

        Assert.Contains($"more than {TurnActions.MostBytes} bytes", (await host.EndAsync(id)).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetAllInstances_LargeInputs_AllAreListed()
    {
        var host = await Host().Orchestrator("Flow", _ => Task.CompletedTask).StartAsync();
        for (var i = 0; i < 5; i++) await host.RunAsync("Flow", JustFits, id: $"i{i}");

        var pages = new List<int>();
        await foreach (var page in host.Client.GetAllInstancesAsync(new OrchestrationQuery { FetchInputsAndOutputs = true }).AsPages())
            pages.Add(page.Values.Count);

        Assert.Equal(5, pages.Sum());
        Assert.Equal(4, pages[0]);
    }

    private static async Task<string> StartSuspendedAsync(EngineHost host, string name)
    {
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync(name);
        await host.Client.WaitForInstanceStartAsync(id);
        await host.Client.SuspendInstanceAsync(id);
        return id;
    }

    private static void AssertNamesSizeAndLimit(string message)
    {
        Assert.Contains($"{PayloadLimit.LargestPayload + 1} bytes, at most {PayloadLimit.LargestPayload}", message, StringComparison.Ordinal);
        Assert.Contains("Blob", message, StringComparison.Ordinal);
    }

    private sealed class UnreadableException : Exception
    {
        public override string Message => throw new InvalidOperationException("no text");
    }
}
