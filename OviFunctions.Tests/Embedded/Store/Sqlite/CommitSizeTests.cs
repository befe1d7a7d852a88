using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Engine;
using static OviFunctions.Tests.Embedded.Store.StoreFixture;

namespace OviFunctions.Tests.Embedded.Store.Sqlite;

/// <summary>How much goes into one commit, and so into the log before it can be emptied.</summary>
public sealed class CommitSizeTests : IDisposable
{
    private const long Bound = 16 << 20;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-commit-");
    private readonly ManualResetEventSlim _gate = new();
    private readonly ManualResetEventSlim _reached = new();
    private readonly List<long> _commits = [];

    public void Dispose()
    {
        _gate.Dispose();
        _reached.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task WriteAsync_LargeTransactionsWait_SeveralCommitsShareThem()
    {
        const int size = 3 << 20;
        await using var file = new StoreFile(_directory);
        var writer = await HeldUpAsync(file);
        var writes = Enumerable.Range(0, 20).Select(i => writer.WriteAsync(
            db => InstanceCommands.Create(db, Instance($"i{i}", new string('x', size)), []))).ToArray();

        _gate.Set();
        Assert.All(await Task.WhenAll(writes), created => Assert.True(created.Created));

        Assert.Equal(20, await writer.WriteAsync(db => db.ReadInt64("SELECT count(*) FROM instance")));
        Assert.InRange(_commits.Max(), Bound, Bound + size + (1 << 20));
    }

    [Fact]
    public async Task WriteAsync_TransactionsOfManyRowsWait_SeveralCommitsShareThem()
    {
        await using var file = new StoreFile(_directory);
        var writer = await HeldUpAsync(file);
        var writes = Enumerable.Range(0, 100).Select(_ => writer.WriteAsync(db =>
        {
            InsertRows(db, key: 1, count: 128);
            return 0;
        })).ToArray();

        _gate.Set();
        await Task.WhenAll(writes);

        Assert.Equal(1 + 4, _commits.Count);
    }

    [Fact]
    public async Task PurgeCompleted_InstancesOfManyRows_TakesOnlySomeAtATime()
    {
        await using var file = new StoreFile(_directory);
        var writer = file.Writer(_ => { });
        foreach (var id in (string[])["a", "b", "c"])
        {
            var key = (await writer.WriteAsync(db => InstanceCommands.Create(db, Instance(id), []))).Woken.Single();
            await writer.WriteAsync(db =>
            {
                InsertRows(db, key, count: 3000);
                return EpisodeCommand.Complete(db, Completion(key));
            });
        }

        var purged = new List<int>();
        do purged.Add(await writer.WriteAsync(db => InstanceCommands.PurgeCompleted(db, Noon.AddDays(1), 100)));
        while (purged[^1] > 0);

        Assert.Equal([2, 1, 0], purged);
    }

    private static void InsertRows(SqliteConnection db, long key, int count)
    {
        for (var i = 0; i < count; i++) db.Run("INSERT INTO payload (instance_key, data) VALUES (?, 'x')", key);
    }

    /// <summary>A writer that stands still in a commit until the gate opens, and that notes the length of each commit's log.</summary>
    private async Task<SqliteWriter> HeldUpAsync(StoreFile file)
    {
        var writer = file.Writer(
            phase =>
            {
                _reached.Set();
                _gate.Wait();
                if (phase == CommitPhase.After) _commits.Add(file.LogLength);
            },
            longestLog: 0);
        _ = writer.WriteAsync(_ => 0);
        await EngineHost.UntilAsync(() => Task.FromResult(_reached.IsSet));
        return writer;
    }
}
