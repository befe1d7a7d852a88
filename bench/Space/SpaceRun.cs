using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;

namespace OviFunctions.Bench.Space;

/// <summary>How much a finished job takes on the disk, and whether its space is used again when retention has deleted it.</summary>
/// <param name="database">The path of the database; there is none yet.</param>
internal sealed class SpaceRun(string database, TimeProvider time)
{
    /// <summary>How many jobs are under way at a time.</summary>
    private const int Width = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>The file's length in bytes; there is nothing in the log while no engine runs.</summary>
    public long Size => new FileInfo(database).Length;

    /// <summary>How much of the file holds nothing.</summary>
    public long FreeBytes
    {
        get
        {
            using var db = DatabaseFile.OpenViewer(database);
            return db.ReadInt64("PRAGMA freelist_count") * db.ReadInt64("PRAGMA page_size");
        }
    }

    /// <summary>Runs jobs to their end and stops the engine, which moves its log into the file.</summary>
    public async Task<TimeSpan> FinishJobsAsync(int first, int count)
    {
        var began = time.GetTimestamp();
        await using var engine = await StartAsync(retention: null);
        var client = new EmbeddedDurableTaskClient(engine);
        await Parallel.ForEachAsync(
            Enumerable.Range(first, count), new ParallelOptions { MaxDegreeOfParallelism = Width },
            async (number, _) => await VideoJob.RunAsync(client, number));
        while (await engine.HasWorkAsync(CancellationToken.None)) await Task.Delay(Pause, time);
        return time.GetElapsedTime(began);
    }

    /// <summary>Lets retention delete all that is finished, while a client starts instances that are not.</summary>
    public async Task<(TimeSpan Opening, TimeSpan Purge, Waits Starts)> PurgeAllAsync()
    {
        var opened = time.GetTimestamp();
        await using var engine = await StartAsync(retention: TimeSpan.Zero);
        var began = time.GetTimestamp();
        var client = new EmbeddedDurableTaskClient(engine);
        var waits = new List<TimeSpan>();
        var old = new InstanceQuery(Statuses: [OrchestrationRuntimeStatus.Completed], Limit: 1);
        do
        {
            var asked = time.GetTimestamp();
            var id = await client.ScheduleNewOrchestrationInstanceAsync("Probe");
            waits.Add(time.GetElapsedTime(asked));
            await client.TerminateInstanceAsync(id);
            await Task.Delay(Pause, time);
        }
        while (await engine.QueryAsync(old, CancellationToken.None) is not []);
        return (time.GetElapsedTime(opened, began), time.GetElapsedTime(began), new(waits));
    }

    private async Task<OrchestrationEngine> StartAsync(TimeSpan? retention)
    {
        DurableTaskClient? client = null;
        var functions = VideoJob.Functions(() => client!);
        functions.Orchestrators["Probe"] = async context => await context.WaitForExternalEvent<string>("never");
        var engine = await BenchEngine.StartAsync(functions, new EngineOptions { DatabasePath = database, Retention = retention });
        client = new EmbeddedDurableTaskClient(engine);
        return engine;
    }
}

/// <summary>How long commits were waited for.</summary>
internal sealed class Waits(IEnumerable<TimeSpan> waits)
{
    private readonly TimeSpan[] _sorted = [.. waits.Order()];

    public int Count => _sorted.Length;

    public TimeSpan Median => _sorted[_sorted.Length / 2];

    public TimeSpan Longest => _sorted[^1];
}
