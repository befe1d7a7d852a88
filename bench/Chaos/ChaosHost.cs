using System.Globalization;
using System.Text.Json;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Bench.Chaos;

/// <summary>
/// The process that is killed: the engine on its database. Requests are lines of standard input, answers and reports are lines of
/// standard output (see <see cref="Wire"/>). What has been written there outlives the process, as an answer to a buyer would.
/// </summary>
internal sealed class ChaosHost(OrchestrationEngine engine, DurableTaskClient client, Wire output)
{
    public static async Task<int> RunAsync(string database, string generation)
    {
        using var output = new Wire(Console.OpenStandardOutput());
        var functions = new ChaosFunctions(
            int.Parse(generation, CultureInfo.InvariantCulture),
            (call, result, uses) => output.Write(Wire.Ran, call, result, JsonSerializer.Serialize(uses, ChaosFunctions.Json)));

        // Killed within its first moments, and more often in a minute than others in a year: no run is long enough to prove innocence.
        var options = new EngineOptions { DatabasePath = database, MaxCrashes = 10_000, SuspectsWait = TimeSpan.Zero };
        await using var engine = await BenchEngine.StartAsync(functions.Table(), options, ChaosFunctions.Json);
        output.Write(Wire.Ready);

        var host = new ChaosHost(engine, new EmbeddedDurableTaskClient(engine), output);
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync() is { } line)
        {
            if (Wire.Read(line) is { } request) _ = Task.Run(() => host.AnswerAsync(request));
        }

        return 0;
    }

    private async Task AnswerAsync(string[] request)
    {
        string[] answer;
        try
        {
            answer = request switch
            {
                [_, "start", var id, var name, var input] => await StartAsync(id, name, input),
                [_, "raise", var id, var payload] => await RaiseAsync(id, payload),
                [_, "end", var id] => await EndAsync(id),
                [_, "health"] => [engine.IsHealthy ? "healthy" : "unhealthy", engine.LastError ?? ""],
                _ => ["unknown request"],
            };
        }
        catch (Exception e)
        {
            answer = [e.GetType().Name, e.Message.ReplaceLineEndings(" ")];
        }

        output.Write([Wire.Answer, request[0], .. answer]);
    }

    private async Task<string[]> StartAsync(string id, string name, string input)
    {
        var once = new StartOrchestrationOptions(id).WithDedupeStatuses([.. Enum.GetValues<OrchestrationRuntimeStatus>()
            .Intersect(StartOrchestrationOptionsExtensions.ValidDedupeStatuses)]);
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(name, JsonElement.Parse(input), once);
            return ["started"];
        }
        catch (OrchestrationAlreadyExistsException)
        {
            return ["exists"];
        }
    }

    private async Task<string[]> RaiseAsync(string id, string payload)
    {
        await client.RaiseEventAsync(id, ChaosFunctions.Item, payload);
        return ["raised"];
    }

    private async Task<string[]> EndAsync(string id)
    {
        var end = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
        return [end.RuntimeStatus.ToString(), end.SerializedOutput ?? ""];
    }
}
