using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;

namespace OviFunctions.Tests.Embedded.Store.Sqlite;

public sealed class DatabaseFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-file-");

    private string Database => Path.Combine(_directory.FullName, "orchestrations.db");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task OpenAsync_SecondUser_IsRefusedUntilTheFirstIsGone()
    {
        await using (var first = new SqliteStore(Database))
        {
            await first.OpenAsync(default);
            await using var second = new SqliteStore(Database);

            var error = await Assert.ThrowsAsync<InstanceStoreException>(() => second.OpenAsync(default));

            Assert.Contains(Database, error.Message, StringComparison.Ordinal);
        }

        await using var third = new SqliteStore(Database);
        await third.OpenAsync(default);
    }

    [Fact]
    public async Task OpenAsync_TextFile_IsRefusedAndLeftAsItIs()
    {
        await File.WriteAllTextAsync(Database, new string('x', 5000));

        await AssertRefusedAsync("not a SQLite database");
    }

    [Fact]
    public async Task OpenAsync_DatabaseOfAnotherApplication_IsRefusedAndLeftAsItIs()
    {
        using (var foreign = SqliteConnection.Open(Database, readOnly: false)) foreign.Execute("CREATE TABLE recipes (id INTEGER);");

        await AssertRefusedAsync("another application");
    }

    [Fact]
    public async Task OpenAsync_NewerSchema_IsRefusedAndLeftAsItIs()
    {
        await CreateAsync();
        using (var newer = SqliteConnection.Open(Database, readOnly: false)) newer.Execute("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99;");

        await AssertRefusedAsync("newer release");
    }

    [Fact]
    public async Task OpenAsync_OverwrittenPages_IsRefusedAndLeftAsItIs()
    {
        await CreateAsync();
        await using (var file = new FileStream(Database, FileMode.Open))
        {
            file.Position = 4096;
            await file.WriteAsync(Enumerable.Repeat((byte)0xAB, 8192).ToArray());
        }

        await AssertRefusedAsync("damaged");
    }

    [Fact]
    public async Task OpenAsync_EmptiedFileWithItsLog_IsRefused()
    {
        await File.WriteAllBytesAsync(Database, []);
        await File.WriteAllBytesAsync(Database + "-wal", new byte[100]);

        await AssertRefusedAsync("damaged");
    }

    [Fact]
    public async Task OpenAsync_NewFile_IsSafeAgainstPowerLoss()
    {
        await CreateAsync();

        using var writer = DatabaseFile.OpenWriter(Database);

        Assert.Equal(2, writer.ReadInt64("PRAGMA synchronous"));
        using var mode = writer.Query("PRAGMA journal_mode");
        Assert.True(mode.Step());
        Assert.Equal("wal", mode.Text(0));
    }

    [Fact]
    public async Task OpenReader_AnyWrite_IsRefused()
    {
        await CreateAsync();
        using var writer = DatabaseFile.OpenWriter(Database);
        using var reader = DatabaseFile.OpenReader(Database);

        Assert.Throws<InstanceStoreException>(() => reader.Execute("DELETE FROM instance;"));
    }

    private async Task CreateAsync()
    {
        await using var store = new SqliteStore(Database);
        await store.OpenAsync(default);
        await store.StartAsync("a");
    }

    private async Task AssertRefusedAsync(string reason)
    {
        var before = await File.ReadAllBytesAsync(Database);
        await using var store = new SqliteStore(Database);

        var error = await Assert.ThrowsAsync<InstanceStoreException>(() => store.OpenAsync(default));

        Assert.Contains(Database, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Database));
    }
}
