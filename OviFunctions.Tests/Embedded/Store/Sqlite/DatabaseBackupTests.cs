using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using static OviFunctions.Tests.Embedded.Store.StoreFixture;

namespace OviFunctions.Tests.Embedded.Store.Sqlite;

public sealed class DatabaseBackupTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-backup-");
    private SqliteStore _store = null!;

    private string Database => Path.Combine(_directory.FullName, "orchestrations.db");

    private string Target => Path.Combine(_directory.FullName, "copy.db");

    public async Task InitializeAsync()
    {
        _store = new SqliteStore(Database);
        await _store.OpenAsync(default);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task BackupAsync_WhileItIsWritten_IsTheDatabaseAtOneMoment()
    {
        // The two instances of a pair are created one after the other: a copy of different moments could have the second alone.
        for (var i = 0; i < 50; i++) await _store.StartAsync($"old-{i}", new string('x', 50_000));
        using var enough = new CancellationTokenSource();
        var last = -1;
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                await _store.StartAsync($"new-{i:0000000}", new string('y', 20_000));
                Volatile.Write(ref last, i);
            }
        });
        await Engine.EngineHost.UntilAsync(() => Task.FromResult(Volatile.Read(ref last) > 0));
        var acknowledgedBefore = Volatile.Read(ref last);

        await BackupAsync(Target);
        await enough.CancelAsync();
        await writing;

        await using var copy = new SqliteStore(Target);
        await copy.OpenAsync(default);
        Assert.Equal(new string('x', 50_000), (await copy.ReadAsync("old-49")).Input);
        var news = await copy.QueryAsync(new(IdPrefix: "new-", WithPayloads: true), default);
        Assert.True(news.Count > acknowledgedBefore);
        Assert.Equal(Enumerable.Range(0, news.Count).Select(i => $"new-{i:0000000}"), news.Select(i => i.Id));
        Assert.All(news, i => Assert.Equal(20_000, i.Input!.Length));
    }

    [Fact]
    public async Task BackupAsync_Copy_IsOneFileAndNothingElseIsLeft()
    {
        await _store.StartAsync("a");

        await BackupAsync(Target);

        Assert.Equal(["copy.db"], _directory.EnumerateFiles("copy*").Select(f => f.Name));
    }

    [Fact]
    public async Task BackupAsync_FileExists_IsRefusedAndLeftAsItIs()
    {
        await File.WriteAllTextAsync(Target, "precious");

        var error = await Assert.ThrowsAsync<InstanceStoreException>(() => BackupAsync(Target));

        Assert.Contains(Target, error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(Target));
    }

    [Fact]
    public async Task BackupAsync_FolderDoesNotExist_SaysSoAndTheStoreWorksOn()
    {
        var nowhere = Path.Combine(_directory.FullName, "no", "copy.db");

        var error = await Assert.ThrowsAsync<InstanceStoreException>(() => BackupAsync(nowhere));

        Assert.Contains(nowhere, error.Message, StringComparison.Ordinal);
        await _store.StartAsync("a");
    }

    private Task BackupAsync(string target) => Task.Run(() => DatabaseBackup.Write(Database, target, default));
}
