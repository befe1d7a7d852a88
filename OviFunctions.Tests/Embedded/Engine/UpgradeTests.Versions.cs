using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>Versions of instances and of hosts.</summary>
public sealed partial class UpgradeTests
{
    [Theory]
    [InlineData("Strict", "1.0", "1.0", true)]
    [InlineData("Strict", "1.0", "2.0", false)]
    [InlineData("Strict", "2.0", "1.0", false)]
    [InlineData("CurrentOrOlder", "1.9", "1.10", true)]
    [InlineData("CurrentOrOlder", "1.10", "1.9", false)]
    [InlineData("CurrentOrOlder", "", "1.0", true)]
    [InlineData("CurrentOrOlder", "1.0", "", false)]
    [InlineData("None", "2.0", "1.0", true)]
    public void Mismatch_VersionAndStrategy_RunsOrNot(string strategy, string instance, string host, bool runs)
    {
        var rules = new UpgradeRules { DefaultVersion = host, VersionMatch = Enum.Parse<VersionMatchStrategy>(strategy) };

        Assert.Equal(runs, rules.Mismatch(instance) is null);
    }

    [Fact]
    public async Task Version_IsStampedAtTheStartAndStaysThroughAnUpgrade()
    {
        await RunAsync(new() { DefaultVersion = "1.0" }, Versions, async host =>
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("a"));
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("b") { Version = "0.5" });
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("c") { Version = TaskVersion.Unversioned });
            foreach (var id in (string[])["a", "b", "c"]) await host.Client.WaitForInstanceStartAsync(id);
        });

        await RunAsync(new() { DefaultVersion = "2.0" }, Versions, async host =>
        {
            foreach (var (id, seen) in new[] { ("a", "1.0"), ("b", "0.5"), ("c", "") })
            {
                await host.Client.RaiseEventAsync(id, "Go");

                // Its own, that of a child called without and with a version, its own after it continued as new with one, none, and a blank one.
                Assert.Equal([seen, "2.0", "1.5", "1.7", "1.7", "1.7"], (await host.EndAsync(id)).ReadOutputAs<string[]>()!);
            }
        });
    }

    [Fact]
    public async Task NewerVersion_Reject_WaitsForAHostThatMayRunIt()
    {
        await RunAsync(new() { DefaultVersion = "2.0" }, Versions, async host =>
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", 1, new StartOrchestrationOptions("late", _time.GetUtcNow().AddMinutes(1)));
        });
        _time.Advance(TimeSpan.FromMinutes(2));

        await RunAsync(new() { DefaultVersion = "1.0" }, Versions, async host =>
        {
            await EngineHost.UntilAsync(async () => await HeldAsync(host, "late") is not null);

            Assert.Equal("The orchestration version '2.0' is greater than the worker version '1.0'.", await HeldAsync(host, "late"));
            Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.GetAsync("late")).RuntimeStatus);
        });

        await RunAsync(new() { DefaultVersion = "2.0" }, Versions, async host =>
            Assert.Equal("2.0", (await host.EndAsync("late")).ReadOutputAs<string>()));
    }

    [Fact]
    public async Task NewerVersion_Fail_Fails() =>
        await RunAsync(new() { DefaultVersion = "1.0", VersionFailure = VersionFailureStrategy.Fail }, Versions, async host =>
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Echo", 1, new StartOrchestrationOptions("a") { Version = "3.0" });

            Assert.Equal("VersionMismatch", (await host.EndAsync("a")).FailureDetails!.ErrorType);
        });

    private static void Versions(EngineHost host) => host
        .Orchestrator("Echo", async context =>
        {
            await context.CreateTimer(TimeSpan.Zero, CancellationToken.None);
            return context.Version;
        })
        .Orchestrator("Flow", async context =>
        {
            var seen = context.GetInput<List<string>>() ?? [];
            seen.Add(context.Version);
            switch (seen.Count)
            {
                case 1:
                    await context.WaitForExternalEvent<object>("Go");
                    seen.Add(await context.CallSubOrchestratorAsync<string>("Echo"));
                    seen.Add(await context.CallSubOrchestratorAsync<string>("Echo", new SubOrchestrationOptions { Version = "1.5" }));
                    context.ContinueAsNew(new ContinueAsNewOptions { NewInput = seen, NewVersion = "1.7" });
                    break;
                case 4:
                    context.ContinueAsNew(seen);
                    break;
                case 5:
                    context.ContinueAsNew(new ContinueAsNewOptions { NewInput = seen, NewVersion = " " });
                    break;
            }

            return seen;
        });
}
