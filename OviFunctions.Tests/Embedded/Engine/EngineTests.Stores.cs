using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class MemoryEngineTests : EngineTests
{
    private protected override EngineOptions Options { get; } = new();
}

/// <summary>Also faults that only a file can have.</summary>
public sealed class SqliteEngineTests : EngineTests
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-engine-");

    private protected override EngineOptions Options => new() { DatabasePath = Path.Combine(_directory.FullName, "engine.db") };

    [Fact]
    public async Task DatabaseLocked_NothingIsAcknowledgedAndWorkGoesOnWhenItIsFree()
    {
        var runs = 0;
        var host = await Host()
            .Activity<string, int>("Work", _ => Interlocked.Increment(ref runs))
            .Orchestrator("Flow", async context =>
            {
                var first = await context.WaitForExternalEvent<int>("Go");
                return first + await context.CallActivityAsync<int>("Work");
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.Client.WaitForInstanceStartAsync(id);
        using (var other = SqliteConnection.Open(Options.DatabasePath!, readOnly: false))
        {
            other.Execute("BEGIN IMMEDIATE;");
            await Assert.ThrowsAsync<InstanceStoreException>(() => host.Client.RaiseEventAsync(id, "Go", 10));
            Assert.Contains("database is locked", host.Engine.LastError, StringComparison.Ordinal);
            await Assert.ThrowsAsync<IntakeRefusedException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Flow"));
        }

        await UntilHealthyAsync(host);

        await host.Client.RaiseEventAsync(id, "Go", 20);
        Assert.Equal(21, (await host.EndAsync(id)).ReadOutputAs<int>());
        Assert.Equal(1, runs);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
