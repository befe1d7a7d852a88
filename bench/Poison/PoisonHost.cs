using System.Globalization;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Bench.Chaos;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Bench.Poison;

/// <summary>
/// A process that dies of its own code: of an activity and of an orchestrator, each time that they run, among twenty orchestrations that
/// do nothing wrong. It ends well when each instance is finished or held, and then says what became of it.
/// </summary>
internal static class PoisonHost
{
    /// <summary>The instance whose activity ends the process.</summary>
    public const string DeadlyActivity = "deadly-activity";

    /// <summary>The instance whose orchestrator ends the process.</summary>
    public const string DeadlyOrchestrator = "deadly-orchestrator";

    private const int Innocent = 20;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    /// <param name="database">The path of the database.</param>
    /// <param name="maxCrashes">After how many crashes something is not run any more.</param>
    /// <param name="isMended">Whether the orchestrator's code is a release that leaves the process alone.</param>
    public static async Task<int> RunAsync(string database, string maxCrashes, string isMended)
    {
        using var output = new Wire(Console.OpenStandardOutput());
        var options = new EngineOptions
        {
            DatabasePath = database,
            MaxCrashes = int.Parse(maxCrashes, CultureInfo.InvariantCulture),
            SuspectsWait = TimeSpan.Zero,
        };
        await using var engine = await BenchEngine.StartAsync(Functions(bool.Parse(isMended)), options);
        foreach (var (id, orchestrator) in Instances())
        {
            var instance = new NewInstance(id, orchestrator, null, TimeProvider.System.GetUtcNow(), null, new Dictionary<string, string>());
            await engine.CreateAsync(instance, Enum.GetValues<OrchestrationRuntimeStatus>());
        }

        foreach (var (id, _) in Instances())
        {
            InstanceRecord instance;
            while ((instance = (await engine.GetAsync(id, withPayloads: true, CancellationToken.None))!) is { Held: null } && !instance.Status.IsFinished())
                await Task.Delay(Moment, TimeProvider.System);
            output.Write(Wire.Answer, id, instance.Held ?? instance.Output ?? instance.Status.ToString());
        }

        return 0;
    }

    private static IEnumerable<(string Id, string Orchestrator)> Instances() =>
        [(DeadlyActivity, "Refund"), (DeadlyOrchestrator, "Deadly"), .. Enumerable.Range(0, Innocent).Select(n => ($"innocent-{n}", "Work"))];

    private static FunctionTable Functions(bool isMended)
    {
        var table = new FunctionTable();
        table.Activities["Work"] = async (_, stopping) =>
        {
            await Task.Delay(Moment, TimeProvider.System, stopping);
            return null;
        };
        table.Activities["Deadly"] = (_, _) => Die();
        table.Orchestrators["Work"] = async context =>
        {
            for (var i = 0; i < 3; i++) await context.CallActivityAsync("Work");
            return "\"done\"";
        };
        table.Orchestrators["Refund"] = async context =>
        {
            try
            {
                await context.CallActivityAsync("Deadly");
                return null;
            }
            catch (TaskFailedException e)
            {
                return JsonSerializer.Serialize("refunded: " + e.FailureDetails.ErrorType);
            }
        };
        table.Orchestrators["Deadly"] = async context =>
        {
            await context.CallActivityAsync("Work");
            return isMended ? "\"done\"" : await Die();
        };
        return table;
    }

    private static Task<string?> Die()
    {
        Environment.FailFast("This is what the process is to die of.");
        return Task.FromResult<string?>(null);
    }
}
