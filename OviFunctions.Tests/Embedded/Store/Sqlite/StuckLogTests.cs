using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using static OviFunctions.Tests.Embedded.Store.StoreFixture;

namespace OviFunctions.Tests.Embedded.Store.Sqlite;

public sealed class StuckLogTests : IDisposable
{
    private const long Longest = 256 * 1024;
    private const int Payload = 100_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-log-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task WriteAsync_LogCannotBeMovedIntoTheDatabase_GrowsToItsLimitAndThenNothingIsCommittedUntilItCan()
    {
        await using var file = new StoreFile(_directory);
        var writer = file.Writer(_ => { }, longestLog: Longest);

        // What a statement still reads on the writer's own connection makes its checkpoints fail.
        SqliteStatement? reads = null;
        await writer.WriteAsync(db => (reads = db.Query("SELECT 1 UNION ALL SELECT count(*) FROM instance")).Step());
        var (written, refusal) = (-1, default(Exception));
        while (refusal is null && written < 100) refusal = await Record.ExceptionAsync(() => WriteAsync(writer, ++written));

        Assert.Contains("its log is full", Assert.IsType<InstanceStoreException>(refusal).Message, StringComparison.Ordinal);
        Assert.InRange(file.LogLength, 4 * Longest, (4 * Longest) + (2 * Payload));
        Assert.Contains("its log is full", file.Health.LastError, StringComparison.Ordinal);

        reads!.Dispose();
        await WriteAsync(writer, written);

        Assert.True(file.Health.IsHealthy);
        Assert.InRange(file.LogLength, 0, 2 * Payload);
        Assert.Equal(written + 1, await writer.WriteAsync(db => db.ReadInt64("SELECT count(*) FROM instance")));
    }

    private static Task<CreateResult> WriteAsync(SqliteWriter writer, int number) =>
        writer.WriteAsync(db => InstanceCommands.Create(db, Instance($"{number}", new string('x', Payload)), []));
}
