using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Engine;
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
    public async Task CreateAsync_QueueIsFull_FailsAtOnceWhileEventsStillPass()
    {
        using var gate = new ManualResetEventSlim(initialState: true);
        await using var store = new SqliteStore(Path.Combine(_directory.FullName, "full.db"), queueCapacity: 8, _ => gate.Wait());
        await store.OpenAsync(default);
        await store.StartAsync("running");
        gate.Reset();

        var starts = Enumerable.Range(0, 20).Select(i => store.StartAsync($"new-{i}")).ToArray();
        var events = Enumerable.Range(0, 20).Select(i => store.RaiseEventAsync("running", $"{i}", null, Noon)).ToArray();
        var refused = starts.Where(s => s.IsFaulted).ToArray();
        gate.Set();

        Assert.All(refused, start => Assert.IsType<IntakeRefusedException>(start.Exception!.InnerException));
        Assert.Equal(6, (await Task.WhenAll(starts.Except(refused))).Length);
        Assert.All(await Task.WhenAll(events), e => Assert.Equal(Delivery.Accepted, e.Delivery));
        await store.StartAsync("later");
    }

    [Fact]
    public async Task WriteAsync_DiskIsFull_NothingOfTheBatchCountsAndItGoesOnWhenThereIsSpace()
    {
        using var gate = new ManualResetEventSlim(initialState: true);
        using var reached = new ManualResetEventSlim();
        await using var file = new StoreFile(_directory);
        var writer = file.Writer(_ =>
        {
            reached.Set();
            gate.Wait();
        });
        await writer.WriteAsync(db => db.ReadInt64("PRAGMA max_page_count = 40"));
        gate.Reset();
        reached.Reset();
        var blocked = writer.WriteAsync(_ => 0);
        await EngineHost.UntilAsync(() => Task.FromResult(reached.IsSet));
        var neighbour = writer.WriteAsync(db => Insert(db, 10));
        var large = writer.WriteAsync(db => Insert(db, 1_000_000));
        gate.Set();

        await blocked;
        Assert.Contains("full", (await Assert.ThrowsAsync<InstanceStoreException>(() => large)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InstanceStoreException>(() => neighbour);
        Assert.Contains("full", file.Health.LastError, StringComparison.Ordinal);
        Assert.Equal(0, await writer.WriteAsync(db => db.ReadInt64("SELECT count(*) FROM payload")));

        await writer.WriteAsync(db => db.ReadInt64("PRAGMA max_page_count = 100000"));
        await writer.WriteAsync(db => Insert(db, 1_000_000));
        Assert.Equal(1, await writer.WriteAsync(db => db.ReadInt64("SELECT count(*) FROM payload")));
        Assert.True(file.Health.IsHealthy);

        static int Insert(SqliteConnection db, int bytes)
        {
            db.Run("INSERT INTO payload (instance_key, data) VALUES (1, zeroblob(?))", bytes);
            return db.Changes;
        }
    }

    [Fact]
    public async Task WriteAsync_StorageFailsInOneOfABatch_NothingOfTheBatchCounts()
    {
        using var gate = new ManualResetEventSlim();
        using var reached = new ManualResetEventSlim();
        await using var file = new StoreFile(_directory);
        var writer = file.Writer(_ =>
        {
            reached.Set();
            gate.Wait();
        });
        var blocked = writer.WriteAsync(_ => 0);
        await EngineHost.UntilAsync(() => Task.FromResult(reached.IsSet));
        var neighbour = WriteAsync(writer, "a", bytes: 1);
        var failing = writer.WriteAsync<int>(_ => throw new InstanceStoreException("database disk image is malformed"));
        gate.Set();

        await blocked;
        await Assert.ThrowsAsync<InstanceStoreException>(() => failing);
        await Assert.ThrowsAsync<InstanceStoreException>(() => neighbour);
        Assert.Contains("malformed", file.Health.LastError, StringComparison.Ordinal);
        Assert.Equal(0, await writer.WriteAsync(db => db.ReadInt64("SELECT count(*) FROM instance")));
    }

    [Fact]
    public async Task WriteAsync_ClientPagesSlowly_LogStaysShort()
    {
        const long longest = 256 * 1024;
        await using var file = new StoreFile(_directory);
        var writer = file.Writer(_ => { }, longestLog: longest);
        using var readers = new SqliteReaders(file.Path, file.Snapshots, file.Health);
        for (var i = 0; i < 100; i++) await WriteAsync(writer, $"i{i:000}", bytes: 1000);

        var seen = 0;
        for (var query = new InstanceQuery(Limit: 10); ;)
        {
            var page = await readers.ReadAsync(db => InstanceQueries.Query(db, query), default);
            if (page.Count == 0) break;
            seen += page.Count;
            query = query with { AfterId = page[^1].Id };
            for (var i = 0; i < 5; i++) await WriteAsync(writer, $"a{seen:000}-{i}", bytes: 100_000);
            Assert.InRange(file.LogLength, 0, longest + 200_000);
        }

        Assert.Equal(100, seen);
    }

    [Fact]
    public async Task WriteAsync_AReadHoldsTheLog_ItIsEmptiedAfterwards()
    {
        const long longest = 256 * 1024;
        await using var file = new StoreFile(_directory);
        var writer = file.Writer(_ => { }, longestLog: longest);
        using var readers = new SqliteReaders(file.Path, file.Snapshots, file.Health);
        using var gate = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        await writer.WriteAsync(db => db.ReadInt64("PRAGMA busy_timeout = 10"));
        var read = Task.Run(() => readers.ReadAsync(
            db =>
            {
                var before = db.ReadInt64("SELECT count(*) FROM instance");
                begun.Set();
                gate.Wait();
                return before == db.ReadInt64("SELECT count(*) FROM instance");
            },
            default));
        await EngineHost.UntilAsync(() => Task.FromResult(begun.IsSet));
        for (var i = 0; i < 8; i++) await WriteAsync(writer, $"held-{i}", bytes: 100_000);
        Assert.True(file.LogLength > 2 * longest);

        gate.Set();
        Assert.True(await read);
        await WriteAsync(writer, "after", bytes: 100_000);
        await writer.WriteAsync(_ => 0);

        Assert.InRange(file.LogLength, 0, longest);
    }

    [Fact]
    public async Task PurgeCompletedAsync_RoundAfterRound_SpaceIsUsedAgain()
    {
        await using var file = new StoreFile(_directory);
        var writer = file.Writer(_ => { });
        var pages = new List<long>();
        for (var round = 0; round < 6; round++)
        {
            for (var i = 0; i < 20; i++)
            {
                var key = (await WriteAsync(writer, $"{round}-{i}", bytes: 20_000)).Woken.Single();
                await writer.WriteAsync(db => EpisodeCommand.Complete(db, Completion(key, new string('y', 20_000))));
            }

            pages.Add(await writer.WriteAsync(db => db.ReadInt64("PRAGMA page_count")));
            Assert.Equal(20, await writer.WriteAsync(db => InstanceCommands.PurgeCompleted(db, Noon.AddDays(1), 100)));
        }

        Assert.InRange(pages[^1], 0, pages[0] + 10);
        foreach (var table in new[] { "instance", "history", "payload", "inbox", "timer", "activity" })
            Assert.Equal(0, await writer.WriteAsync(db => db.ReadInt64($"SELECT count(*) FROM {table}")));
    }

    private static Task<CreateResult> WriteAsync(SqliteWriter writer, string id, int bytes) =>
        writer.WriteAsync(db => InstanceCommands.Create(db, Instance(id, new string('x', bytes)), []));

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

    [Fact]
    public async Task DisposeAsync_CallersWaitForAPlace_EachIsToldThatTheStoreIsClosed()
    {
        using var gate = new ManualResetEventSlim();
        await using var file = new StoreFile(_directory);
        var writer = file.Writer(_ => { }, capacity: 1);
        var accepted = writer.WriteAsync(_ =>
        {
            gate.Wait();
            return 0;
        });
        var waiting = Enumerable.Range(0, 3).Select(_ => writer.WriteAsync(_ => 0)).ToArray();

        var closed = writer.DisposeAsync();
        gate.Set();
        await closed;

        await accepted;
        foreach (var each in waiting)
            await Assert.ThrowsAsync<InstanceStoreException>(() => each.WaitAsync(TimeSpan.FromSeconds(20)));
    }
}

/// <summary>A database file with its writer, closed after the test.</summary>
internal sealed class StoreFile(DirectoryInfo directory, TimeProvider? stopwatch = null) : IAsyncDisposable
{
    private SqliteWriter? _writer;

    public string Path { get; } = System.IO.Path.Combine(directory.FullName, "writer.db");

    public long LogLength => new FileInfo(Path + "-wal").Length;

    public StoreHealth Health { get; } = new(stopwatch ?? TimeProvider.System);

    public ReaderWriterLockSlim Snapshots { get; } = new();

    public SqliteWriter Writer(Action<CommitPhase> onCommit, int capacity = 1024, long longestLog = 1 << 25) =>
        _writer = new SqliteWriter(DatabaseFile.OpenWriter(Path), capacity, Health, Snapshots, onCommit, longestLog);

    public ValueTask DisposeAsync() => _writer?.DisposeAsync() ?? default;
}
