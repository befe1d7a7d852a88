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
    public async Task OpenAsync_FileCutOff_IsRefusedAndLeftAsItIs()
    {
        await CreateAsync();
        await using (var file = new FileStream(Database, FileMode.Open)) file.SetLength(file.Length / 2);

        await AssertRefusedAsync("damaged");
    }

    [Fact]
    public async Task OpenAsync_LockedByATool_IsRefusedAndNotCalledDamaged()
    {
        await CreateAsync();
        using (var tool = SqliteConnection.Open(Database, readOnly: false))
        {
            tool.Execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; DELETE FROM instance;");
            await AssertRefusedAsync("database is locked", not: "damaged");
        }

        await using var store = new SqliteStore(Database);
        await store.OpenAsync(default);
        Assert.NotNull(await store.GetAsync("a", false, default));
    }

    [Fact]
    public async Task OpenAsync_FileOfTheFirstRelease_IsMigratedWithItsInstances()
    {
        using (var first = SqliteConnection.Open(Database, readOnly: false))
        {
            using var script = new StreamReader(
                typeof(DatabaseFile).Assembly.GetManifestResourceStream("OviFunctions.Embedded.Migrations.0001_instances")!);
            first.Execute($"PRAGMA application_id = {0x4F766945}; {await script.ReadToEndAsync()} PRAGMA user_version = 1;");
            first.Execute("INSERT INTO instance (id, name, status, created_at, updated_at) VALUES ('old', 'Flow', 6, 1, 1);");
        }

        await using (var store = new SqliteStore(Database))
        {
            await store.OpenAsync(default);
            Assert.True((await store.CompleteEpisodeAsync(StoreFixture.Completion((await store.ReadAsync("old")).Key))).Committed);
        }

        using var migrated = SqliteConnection.Open(Database, readOnly: true);
        var scripts = typeof(DatabaseFile).Assembly.GetManifestResourceNames().Count(n => n.Contains(".Migrations.", StringComparison.Ordinal));
        Assert.Equal(scripts, migrated.ReadInt64("PRAGMA user_version"));
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

    /// <summary>The last guard: not even an instance row that is wrong lets a turn be written twice.</summary>
    [Fact]
    public async Task History_TurnThatIsThereAlready_IsRefusedByTheFile()
    {
        await CreateAsync();
        using var writer = DatabaseFile.OpenWriter(Database);
        var key = writer.ReadInt64("SELECT key FROM instance");
        Assert.True(EpisodeCommand.Complete(writer, StoreFixture.Episode(key)).Committed);
        writer.Execute("UPDATE instance SET next_sequence = 0;");

        var error = Assert.Throws<InstanceStoreException>(() => EpisodeCommand.Complete(writer, StoreFixture.Episode(key)));

        Assert.Contains("history.sequence", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsOfOneWrite);
    }

    private async Task CreateAsync()
    {
        await using var store = new SqliteStore(Database);
        await store.OpenAsync(default);
        await store.StartAsync("a");
    }

    private async Task AssertRefusedAsync(string reason, string not = "no such words")
    {
        var before = await File.ReadAllBytesAsync(Database);
        await using var store = new SqliteStore(Database);

        var error = await Assert.ThrowsAsync<InstanceStoreException>(() => store.OpenAsync(default));

        Assert.Contains(Database, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(not, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Database));
    }
}
