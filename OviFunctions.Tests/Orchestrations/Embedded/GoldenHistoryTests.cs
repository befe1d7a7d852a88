using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.DevStack.Installation;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Orchestrations;
using OviFunctions.Tests.Embedded.Engine;

namespace OviFunctions.Tests.Orchestrations.Embedded;

/// <summary>
/// Jobs that were recorded by an earlier build, in Data/histories: today's orchestrators have to replay them, or an upgrade would
/// fail the jobs that run through it. After a change that is meant to break running jobs, record them anew:
/// <code>OVI_RECORD_HISTORIES=1 dotnet test OviFunctions.Tests --filter GoldenHistoryTests</code>
/// </summary>
public sealed class GoldenHistoryTests(GoldenHistoryFolder histories) : IClassFixture<GoldenHistoryFolder>, IAsyncLifetime
{
    private readonly PlayedGateway _gateway = new();

    public static TheoryData<string> Scenarios => [.. GoldenScenarios.All.Keys];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Replay_RecordedJob_EveryTurnAsksForTheSameAndItEndsTheSame(string scenario)
    {
        foreach (var golden in histories.Read(scenario))
        {
            for (var turn = 0; turn < golden.Turns.Count; turn++)
            {
                var outcome = Play(golden, turn);

                Assert.Null((outcome.End as ExecutionEnd.Failed)?.Failure.ErrorMessage);
                Assert.Equal(golden.Turns[turn].Actions, outcome.Actions.Select(a => a.ToHistory()));
                if (turn < golden.Turns.Count - 1)
                {
                    Assert.Null(outcome.End);
                    continue;
                }

                AssertSame(golden.Output, Assert.IsType<ExecutionEnd.Completed>(outcome.End).Output);
                AssertSame(golden.CustomStatus, outcome.CustomStatus);
            }
        }
    }

    [Fact]
    public void Replay_HistoryWithARenamedActivity_FailsAsNotDeterministic()
    {
        var job = histories.Read("renamed-activity").Single(h => h.Name == nameof(VideoJobOrchestrator));

        var failure = Assert.IsType<ExecutionEnd.Failed>(Play(job, job.Turns.Count - 1).End).Failure;

        Assert.Equal(typeof(NonDeterministicOrchestrationException).FullName, failure.ErrorType);
        Assert.Contains($"records activity '{GoldenScenarios.RenamedActivity}'", failure.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains($"asked for activity '{nameof(PrepareImage)}'", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Histories_Orchestrators_EachOfTheAppIsInThem()
    {
        var ofTheApp =
            from method in typeof(VideoJobOrchestrator).Assembly.GetTypes().SelectMany(t => t.GetMethods())
            where method.GetParameters().Any(p => p.IsDefined(typeof(OrchestrationTriggerAttribute)))
            select method.GetCustomAttribute<FunctionAttribute>()!.Name;

        Assert.Equal(ofTheApp.Order(), GoldenScenarios.All.Keys.SelectMany(histories.Read).Select(h => h.Name).Distinct().Order());
    }

    private static void AssertSame(JsonNode? recorded, string? replayed) =>
        Assert.Equal(recorded?.ToJsonString(), GoldenHistory.Node(replayed)?.ToJsonString());

    /// <summary>Plays one turn after a replay of those before it. Which timers are open is not recorded; the end shows it.</summary>
    private EpisodeOutcome Play(GoldenHistory golden, int turn)
    {
        var turns = golden.Turns.Select(t => t.ToTurn()).ToArray();
        var executor = new OrchestrationExecutor(new JsonDataConverter(EngineHost.Json), NullLoggerFactory.Instance);
        return executor.Run(
            _gateway.Host.Functions.Orchestrators[golden.Name], golden.Instance(), turns[..turn], turns[turn].At, turns[turn].Inbound,
            _ => true, () => { });
    }
}

/// <summary>Where the histories lie; records them first where the environment asks for it.</summary>
public sealed class GoldenHistoryFolder : IAsyncLifetime
{
    private static readonly bool Records = Environment.GetEnvironmentVariable("OVI_RECORD_HISTORIES") is { Length: > 0 };

    private readonly string _folder = Path.Combine(RepositoryFolders.Root, "OviFunctions.Tests", "Data", "histories");

    public Task InitializeAsync() => Records ? GoldenScenarios.RecordAsync(_folder) : Task.CompletedTask;

    public Task DisposeAsync() => Task.CompletedTask;

    internal GoldenHistory[] Read(string scenario) => GoldenHistory.Read(Path.Combine(_folder, $"{scenario}.json"));
}
