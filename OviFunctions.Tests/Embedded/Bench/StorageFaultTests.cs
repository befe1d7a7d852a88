using System.Text.Json;
using OviFunctions.Bench.Chaos;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Engine;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>
/// An engine at work in a process of its own, whose files fail for a while, as the operating system or another process has it. Nothing
/// is acknowledged that cannot be recorded, nothing new is taken, and afterwards all goes on without anybody's help.
/// </summary>
public sealed class StorageFaultTests : IDisposable
{
    /// <summary>As files are written and read by pwrite and pread, or by write and read after a seek: SQLite can be built either way.</summary>
    private const string Writes = "write,pwrite64";
    private const string Reads = "read,pread64";
    private const string Syncs = "fsync,fdatasync";

    private const ulong Seed = 1;
    private const int Width = 8;
    private const int JobsBefore = 8;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ovi-fault-");
    private readonly Ledger _ledger = new();

    private string Database => Path.Combine(_folder.FullName, "engine.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [FactWithStrace]
    public Task Write_NoSpaceLeft_GoesOnWhenThereIsSpace() =>
        SurvivesAsync(host => FailAsync(host, Writes, "ENOSPC"), "database or disk is full", acceptsEvents: false);

    [FactWithStrace]
    public Task Write_IoError_GoesOnWhenItIsGone() =>
        SurvivesAsync(host => FailAsync(host, Writes, "EIO"), "disk I/O error", acceptsEvents: false);

    [FactWithStrace]
    public Task Sync_IoError_GoesOnWhenItIsGone() =>
        SurvivesAsync(host => FailAsync(host, Syncs, "EIO"), "disk I/O error", acceptsEvents: false);

    /// <summary>
    /// What is to be written is recorded and acknowledged; but an engine that cannot read takes no new work. SQLite takes the error for a
    /// damaged page.
    /// </summary>
    [FactWithStrace]
    public Task Read_IoError_GoesOnWhenItIsGone() =>
        SurvivesAsync(host => FailAsync(host, Reads, "EIO"), "read errors", acceptsEvents: true);

    [Fact]
    public Task Commit_AnotherProcessHoldsTheWriteLock_GoesOnWhenItLetsGo() =>
        SurvivesAsync(_ => Task.FromResult<IAsyncDisposable>(new WriteLock(Database)), "database is locked", acceptsEvents: false);

    private async Task SurvivesAsync(Func<HostProcess, Task<IAsyncDisposable>> fault, string cause, bool acceptsEvents)
    {
        using var givingUp = new CancellationTokenSource();
        using var host = HostProcess.Start(Database, generation: 1, _ledger);
        var client = new ChaosClient(host, _ledger, givingUp.Token) { RepeatsRefused = TimeProvider.System };
        var (jobs, over) = (0, false);
        var clients = Task.WhenAll(Enumerable.Range(0, Width).Select(_ => Task.Run(async () =>
        {
            do await client.RunAsync(ChaosJob.Roll(Seed, Interlocked.Increment(ref jobs)));
            while (!Volatile.Read(ref over));
        })));
        var witness = JsonSerializer.Serialize(new ChaosFunctions.Collected([], 0), ChaosFunctions.Json);
        await AskAsync(host, "start", "witness", nameof(ChaosFunctions.Collect), witness);
        await EngineHost.UntilAsync(() => Task.FromResult(Volatile.Read(ref jobs) > JobsBefore));

        bool isAcknowledged;
        await using (await fault(host))
        {
            await EngineHost.UntilAsync(async () =>
                await AskAsync(host, "health") is ["unhealthy", var why] && why.Contains(cause, StringComparison.Ordinal));
            var refusal = await AskAsync(host, "start", "refused", nameof(ChaosFunctions.Sequence), "1");
            isAcknowledged = await AskAsync(host, "raise", "witness", "during") is ["raised"];
            Assert.Equal(nameof(IntakeRefusedException), refusal[0]);
            Assert.Contains(cause, refusal[1], StringComparison.Ordinal);
            Assert.Equal(acceptsEvents, isAcknowledged);
        }

        await EngineHost.UntilAsync(async () => await AskAsync(host, "health") is ["healthy", ""]);
        Volatile.Write(ref over, true);
        await clients.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["raised"], await AskAsync(host, "raise", "witness", "after"));
        Assert.Equal(["raised"], await AskAsync(host, "raise", "witness", ChaosFunctions.End));
        var told = JsonSerializer.Deserialize<string[]>((await AskAsync(host, "end", "witness"))[1])!;
        Assert.Equal(isAcknowledged, told.Contains("during"));
        Assert.Contains("after", told);

        await host.StopAsync();
        Assert.Equal(0, host.ExitCode);
        Assert.Empty(_ledger.Violations);
        _ledger.Finished(new ChaosJob("witness", nameof(ChaosFunctions.Collect), "", []), told);
        Assert.Empty(LedgerAudit.Violations(_ledger, kills: 0));
        Assert.Empty(DatabaseAudit.Violations(Database));
    }

    private Task<IAsyncDisposable> FailAsync(HostProcess host, string calls, string error) =>
        InjectedError.BeginAsync(host.Id, calls, error, Database, Database + "-wal");

    private static async Task<string[]> AskAsync(HostProcess host, params string[] request) =>
        await host.AskAsync(request).WaitAsync(TimeSpan.FromSeconds(20)) ?? throw new InvalidOperationException("The process has ended.");

    /// <summary>What a second writer holds, such as an administrator's tool.</summary>
    private sealed class WriteLock : IAsyncDisposable
    {
        private readonly SqliteConnection _connection;

        public WriteLock(string path)
        {
            _connection = SqliteConnection.Open(path, readOnly: false);
            _connection.Execute("PRAGMA busy_timeout = 20000; BEGIN IMMEDIATE;");
        }

        public ValueTask DisposeAsync()
        {
            _connection.Execute("ROLLBACK;");
            _connection.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
