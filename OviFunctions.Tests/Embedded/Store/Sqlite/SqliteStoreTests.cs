using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using static OviFunctions.Tests.Embedded.Store.StoreFixture;

namespace OviFunctions.Tests.Embedded.Store.Sqlite;

public sealed class SqliteStoreTests : InstanceStoreContract
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-store-");
    private int _files;

    private protected override IInstanceStore Create(Action<CommitPhase>? onCommit) =>
        new SqliteStore(Path.Combine(_directory.FullName, $"{_files++}.db"), onCommit: onCommit);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task OpenAsync_AfterClose_EverythingIsStillThere()
    {
        var path = Path.Combine(_directory.FullName, "kept.db");
        long key;
        await using (var first = new SqliteStore(path))
        {
            await first.OpenAsync(default);
            key = await first.StartAsync("a", "\"in\"");
            await first.CompleteEpisodeAsync(Episode(key) with { Activities = [new(0, "Work", "1")], Timers = [new(1, Noon)] });
            await first.RaiseEventAsync("a", "Go", "2", Noon);
        }

        await using var second = new SqliteStore(path);
        await second.OpenAsync(default);

        var work = await second.LoadAsync(key);
        Assert.Equal(("\"in\"", 1, 1), (work.Instance.Input, work.Turns.Count, work.Timers.Count));
        Assert.Equal(["Go"], work.Inbox.Names());
        Assert.Single(await second.ReadActivitiesAsync(0, default));
    }

    [Fact]
    public async Task DisposeAsync_LogIsMovedIntoTheDatabase()
    {
        var path = Path.Combine(_directory.FullName, "closed.db");
        await using (var store = new SqliteStore(path))
        {
            await store.OpenAsync(default);
            await store.StartAsync("a");
        }

        Assert.False(File.Exists(path + "-wal") && new FileInfo(path + "-wal").Length > 0);
    }

    [Fact]
    public async Task WriteAsync_ManyWaiting_OneCommitAndAFailingOneHurtsNoNeighbour()
    {
        var commits = 0;
        using var gate = new ManualResetEventSlim();
        await using var connection = new StoreFile(_directory);
        var writer = connection.Writer(phase =>
        {
            if (phase != CommitPhase.Before) return;
            if (Interlocked.Increment(ref commits) == 1) gate.Wait();
        });
        var first = writer.WriteAsync(db => Insert(db, "first"));
        while (Volatile.Read(ref commits) == 0) await Task.Yield();

        var good = Enumerable.Range(0, 20).Select(i => writer.WriteAsync(db => Insert(db, $"good-{i}"))).ToArray();
        var bad = writer.WriteAsync<int>(db =>
        {
            Insert(db, "bad");
            throw new InvalidOperationException("broken transaction");
        });
        var last = writer.WriteAsync(db => Insert(db, "last"));
        gate.Set();

        await first;
        await Task.WhenAll(good);
        await last;
        var error = await Assert.ThrowsAsync<InstanceStoreException>(() => bad);
        Assert.Contains("broken transaction", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, commits);
        Assert.Equal(22, await writer.WriteAsync(db => db.ReadInt64("SELECT count(*) FROM activity")));
        Assert.Equal(0, await writer.WriteAsync(db => db.ReadInt64("SELECT count(*) FROM activity WHERE name = 'bad'")));

        static int Insert(SqliteConnection db, string name)
        {
            db.Run("INSERT INTO activity (instance_key, task_id, name) VALUES (1, 1, ?)", name);
            return db.Changes;
        }
    }

    [Fact]
    public async Task WriteAsync_Caller_IsAcknowledgedOnlyAfterTheCommit()
    {
        using var gate = new ManualResetEventSlim();
        var reached = new TaskCompletionSource();
        var store = await OpenAsync(phase =>
        {
            if (phase != CommitPhase.Before) return;
            reached.TrySetResult();
            gate.Wait();
        });

        var start = store.StartAsync("a");
        await reached.Task;
        Assert.False(start.IsCompleted);
        Assert.Null(await store.GetAsync("a", false, default));

        gate.Set();
        await start;
        Assert.NotNull(await store.GetAsync("a", false, default));
    }

    [Fact]
    public async Task WriteAsync_QueueIsFull_MoreCallersWaitForAPlace()
    {
        using var gate = new ManualResetEventSlim();
        var ran = 0;
        await using var file = new StoreFile(_directory);
        var writer = file.Writer(_ => { }, capacity: 2);
        var blocked = writer.WriteAsync(_ =>
        {
            gate.Wait();
            return 0;
        });

        var others = Enumerable.Range(0, 5).Select(_ => writer.WriteAsync(_ => Interlocked.Increment(ref ran))).ToArray();
        gate.Set();

        await blocked;
        Assert.Equal([1, 2, 3, 4, 5], (await Task.WhenAll(others)).Order());
    }
}

/// <summary>A database file with its writer, closed after the test.</summary>
internal sealed class StoreFile(DirectoryInfo directory) : IAsyncDisposable
{
    private SqliteWriter? _writer;

    public SqliteWriter Writer(Action<CommitPhase> onCommit, int capacity = 1024) => _writer = new SqliteWriter(
        DatabaseFile.OpenWriter(Path.Combine(directory.FullName, "writer.db")), capacity, new StoreHealth(), onCommit);

    public ValueTask DisposeAsync() => _writer?.DisposeAsync() ?? default;
}
