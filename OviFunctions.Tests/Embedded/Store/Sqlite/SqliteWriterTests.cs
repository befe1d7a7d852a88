using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Engine;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Embedded.Store.StoreFixture;

namespace OviFunctions.Tests.Embedded.Store.Sqlite;

/// <summary>The log beside readers of other processes, whom the writer cannot ask to wait.</summary>
public sealed class SqliteWriterTests : IDisposable
{
    private const int Longest = 4 * 1024 * 1024;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-writer-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task WriteAsync_AnotherProcessHasReadForLong_TheLogIsShortAgainAndStaysShort()
    {
        await using var file = new StoreFile(_directory);
        var writer = file.Writer(_ => { }, longestLog: Longest);
        await writer.WriteAsync(db => db.ReadInt64("PRAGMA busy_timeout = 10"));
        using (var other = DatabaseFile.OpenReader(file.Path))
        {
            other.Run("BEGIN");
            other.ReadInt64("SELECT count(*) FROM instance");
            await WriteAsync("long", bytes: Longest * 3 / 2);
            await WriteAsync("short");
            Assert.True(file.LogLength > Longest);
        }

        await WriteAsync("moves the log into the database");
        await WriteAsync("begins it anew");
        await writer.WriteAsync(_ => 0);
        Assert.InRange(file.LogLength, 1, Longest / 2);

        await WriteAsync("long again", bytes: Longest * 5 / 4);
        await writer.WriteAsync(_ => 0);
        Assert.Equal(0, file.LogLength);

        Task WriteAsync(string id, int bytes = 1) => SqliteWriterTests.WriteAsync(writer, id, bytes);
    }

    [Fact]
    public async Task WriteAsync_ACheckpointDoesNotEnd_TheStoreSaysSoUntilItDoes()
    {
        var stopwatch = new ManualTimeProvider();
        await using var file = new StoreFile(_directory, stopwatch);
        var writer = file.Writer(_ => { }, longestLog: Longest);
        await writer.WriteAsync(db => db.ReadInt64("PRAGMA busy_timeout = 60000"));
        using (var other = DatabaseFile.OpenReader(file.Path))
        {
            other.Run("BEGIN");
            other.ReadInt64("SELECT count(*) FROM instance");
            await WriteAsync(writer, "long", bytes: Longest * 3 / 2);

            await EngineHost.UntilAsync(() =>
            {
                stopwatch.Advance(StoreHealth.CommitPatience);
                return Task.FromResult(!file.Health.IsHealthy);
            });

            Assert.Contains("has not ended", file.Health.LastError, StringComparison.Ordinal);
        }

        await EngineHost.UntilAsync(() => Task.FromResult(file.Health.IsHealthy));
    }

    private static Task WriteAsync(SqliteWriter writer, string id, int bytes) =>
        writer.WriteAsync(db => InstanceCommands.Create(db, Instance(id, new string('x', bytes)), []));
}
