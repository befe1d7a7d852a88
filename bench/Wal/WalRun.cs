using System.Diagnostics;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Bench.Wal;

/// <summary>
/// Heavy load on the engine while others read: a client pages slowly through all instances, another process lists them all, again and
/// again, and writes a backup when half of the time is over. Each read keeps what it sees in the log, so this is how a log grows.
/// </summary>
/// <param name="database">The path of the database; there is none yet.</param>
/// <param name="length">How long, beside the backup.</param>
/// <param name="writers">How many clients start instances, each one after the other.</param>
internal sealed class WalRun(string database, TimeSpan length, int writers, TimeProvider time)
{
    public const long Limit = 128 * 1024 * 1024;

    private const string Event = "told";

    /// <summary>How long the slow client looks at a page.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Lengths of inputs, results and events: most are short, some as long as 64 KB.</summary>
    private static readonly int[] PayloadLengths = [100, 100, 500, 500, 2_000, 2_000, 16_000, 64_000];

    private readonly List<string> _problems = [];
    private long _instances;
    private long _pages;
    private int _lists;

    public async Task<WalReport> RunAsync()
    {
        var gauge = new LogGauge(database);
        await using var engine = await BenchEngine.StartAsync(
            Functions(), new EngineOptions { DatabasePath = database, TestSwitches = new() { OnCommit = gauge.OnCommit } });
        var client = new EmbeddedDurableTaskClient(engine);
        using var end = new CancellationTokenSource();
        var started = time.GetTimestamp();
        var load = Task.WhenAll(
            [.. Enumerable.Range(0, writers).Select(writer => Task.Run(() => WriteAsync(client, writer, end.Token))), PageAsync(client, end.Token)]);
        await ListAsync(length / 2);
        var before = gauge.Take();
        var (asked, copy) = (time.GetTimestamp(), database + ".copy");
        await LookAsync("backup", copy);
        var (backupTime, during) = (time.GetElapsedTime(asked), gauge.Take());
        await ListAsync(length / 2);
        await end.CancelAsync();
        await load;
        var took = time.GetElapsedTime(started);
        var longest = Math.Max(before, gauge.Take());
        if (Math.Max(longest, during) > Limit) _problems.Add("The log was longer than its limit.");
        var backupBytes = File.Exists(copy) ? new FileInfo(copy).Length : 0;
        return new(took, _instances, gauge.Commits, _pages, _lists, backupBytes, backupTime, longest, during, _problems);
    }

    private static FunctionTable Functions()
    {
        var functions = new FunctionTable();
        functions.Activities["Echo"] = (invocation, _) => Task.FromResult(invocation.Input);
        functions.Orchestrators["Load"] = async context =>
        {
            var told = await context.CallActivityAsync<string>("Echo", context.GetInput<string>());
            var both = told + await context.WaitForExternalEvent<string>(Event);
            await context.CallActivityAsync<string>("Echo", both);
            return null;
        };
        return functions;
    }

    private async Task WriteAsync(DurableTaskClient client, int writer, CancellationToken end)
    {
        var dice = new Dice((ulong)writer);
        while (!end.IsCancellationRequested)
        {
            var id = await client.ScheduleNewOrchestrationInstanceAsync("Load", Payload(), CancellationToken.None);
            await client.RaiseEventAsync(id, Event, Payload(), CancellationToken.None);
            await client.WaitForInstanceCompletionAsync(id, CancellationToken.None);
            Interlocked.Increment(ref _instances);
        }

        string Payload() => new('x', PayloadLengths[dice.Roll(0, PayloadLengths.Length - 1)]);
    }

    private async Task PageAsync(DurableTaskClient client, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await foreach (var page in client.GetAllInstancesAsync(new OrchestrationQuery { FetchInputsAndOutputs = true }).AsPages())
            {
                _pages++;
                await Task.Delay(Pause, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (end.IsCancellationRequested) break;
            }
        }
    }

    /// <summary>Lists all instances at least once, and for so long.</summary>
    private async Task ListAsync(TimeSpan duration)
    {
        var began = time.GetTimestamp();
        do
        {
            await LookAsync("list", "--limit", "100000000");
            _lists++;
        }
        while (time.GetElapsedTime(began) < duration);
    }

    /// <summary>The operator's command line, in a process of its own.</summary>
    private async Task LookAsync(params string[] words)
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "OviFunctions.Bench.dll");
        var info = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [assembly, "instances", database, .. words])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(info)!;
        var output = process.StandardOutput;
        var last = "";
        while (await output.ReadLineAsync() is { } line) last = line;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) _problems.Add($"'instances {string.Join(' ', words)}' ended with code {process.ExitCode}. {last}");
    }
}
