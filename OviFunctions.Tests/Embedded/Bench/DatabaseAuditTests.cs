using OviFunctions.Bench.Chaos;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Bench;

public sealed class DatabaseAuditTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ovi-audit-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("INSERT INTO activity (instance_key, task_id, name) VALUES (1, 0, 'Work');", "A row of instance 1 is left in activity.")]
    [InlineData("UPDATE instance SET status = 3;", "Instance a has status 3, not completed.")]
    [InlineData("DELETE FROM history WHERE sequence = 1;", "Instance a has turns missing.", "The history of a: task 0 was not answered.")]
    public async Task Violations_FileThatWasTamperedWith_AreNamed(string tampering, params string[] violations)
    {
        var path = Path.Combine(_folder.FullName, "engine.db");
        await using (var host = new EngineHost(new() { DatabasePath = path }, TimeProvider.System)
            .Activity<string, string>("Work", input => input)
            .Orchestrator("Flow", context => context.CallActivityAsync<string>("Work", "x")))
        {
            await host.StartAsync();
            await host.RunAsync("Flow", id: "a");
        }

        using (var db = SqliteConnection.Open(path, readOnly: false)) db.Execute(tampering);

        Assert.Equal(violations, DatabaseAudit.Violations(path));
    }
}
