using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Engine;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Store.Sqlite;

/// <summary>
/// Databases that earlier releases left with jobs under way (<c>Data/databases</c>), and today's
/// engine. The other direction, a newer database and today's engine, is in <see cref="DatabaseFileTests"/>.
/// </summary>
public sealed class MigrationTests : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly EngineHost _host;

    public MigrationTests() => _host = new EngineHost(new EngineOptions { DatabasePath = Database }, _time)
        .Activity<string, string>("Pay", _ => throw new InvalidOperationException("It was paid before the upgrade."))
        .Activity<string, string>("Store", input => input + " stored")
        .Orchestrator("Job", async context =>
        {
            var paid = await context.CallActivityAsync<string>("Pay", context.GetInput<string>());
            context.SetCustomStatus("paid");
            return paid + await context.WaitForExternalEvent<string>("Video");
        })
        .Orchestrator("Storing", async context =>
        {
            context.SetCustomStatus("stores");
            return await context.CallActivityAsync<string>("Store", context.GetInput<string>());
        })
        .Orchestrator("Family", async context =>
        {
            var child = context.CallSubOrchestratorAsync<string>("Job", "20 USDC", new SubOrchestrationOptions(instanceId: "child"));
            context.SetCustomStatus("waits");
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            return await child;
        });

    public static TheoryData<string> Dumps => new(Directory.EnumerateFiles(DumpFolder).Select(file => Path.GetFileName(file)));

    private static string DumpFolder => Path.Combine(AppContext.BaseDirectory, "Data", "databases");

    private string Database => _folder["engine.db"];

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Dumps))]
    public async Task Start_DatabaseOfAnEarlierRelease_ItsJobsEnd(string dump)
    {
        await RestoreAsync(dump);

        await _host.StartAsync();
        await AssertJobsEndAsync();
    }

    [Theory]
    [MemberData(nameof(Dumps))]
    public async Task Start_AMigrationFails_TheFileIsLeftToTheReleaseThatWroteItAndMigratedLater(string dump)
    {
        await RestoreAsync(dump);
        using (var file = SqliteConnection.Open(Database, readOnly: false)) file.Execute("CREATE TABLE instance_completed (in_the_way);");
        var before = Content();

        var error = await Assert.ThrowsAsync<InstanceStoreException>(_host.StartAsync);

        Assert.Contains($"'{Database}' has schema {before[0]}", error.Message, StringComparison.Ordinal);
        Assert.Contains("0003_retention", error.Message, StringComparison.Ordinal);
        Assert.Contains("instance_completed", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Content());
        using (var file = SqliteConnection.Open(Database, readOnly: false)) file.Execute("DROP TABLE instance_completed;");
        await _host.StartAsync();
        await AssertJobsEndAsync();
    }

    private async Task AssertJobsEndAsync()
    {
        Assert.Equal("5 USDC paid and delivered", (await _host.EndAsync("finished")).ReadOutputAs<string>());
        Assert.Equal("video.mp4 stored", (await _host.EndAsync("storing")).ReadOutputAs<string>());
        await _host.Client.RaiseEventAsync("job", "Video", " and delivered");
        Assert.Equal("10 USDC paid and delivered", (await _host.EndAsync("job")).ReadOutputAs<string>());
        await _host.Client.ResumeInstanceAsync("child");
        Assert.Equal("20 USDC paid and waited", (await _host.EndAsync("child")).ReadOutputAs<string>());
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("20 USDC paid and waited", (await _host.EndAsync("family")).ReadOutputAs<string>());
    }

    private async Task RestoreAsync(string dump)
    {
        using var file = SqliteConnection.Open(Database, readOnly: false);
        file.Execute(await File.ReadAllTextAsync(Path.Combine(DumpFolder, dump)));
    }

    /// <summary>The schema's number, then all statements that it is made of and all rows.</summary>
    private List<string> Content()
    {
        using var file = SqliteConnection.Open(Database, readOnly: true);
        List<string> content = [$"{file.ReadInt64("PRAGMA user_version")}", .. Rows("SELECT name || ': ' || ifnull(sql, '') FROM sqlite_schema")];
        foreach (var table in Rows("SELECT name FROM sqlite_schema WHERE type = 'table'"))
        {
            var columns = string.Join(" || '|' || ", Rows($"SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')"));
            content.AddRange(Rows($"SELECT '{table}: ' || {columns} FROM {table}"));
        }

        return content;

        List<string> Rows(string sql)
        {
            var rows = new List<string>();
            using var row = file.Query(sql);
            while (row.Step()) rows.Add(row.Text(0));
            return rows;
        }
    }
}
