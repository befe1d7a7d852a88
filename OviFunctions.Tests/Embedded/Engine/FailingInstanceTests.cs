using System.Buffers.Binary;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>Instances with which the engine itself fails, time and again, while the storage works.</summary>
public sealed class FailingInstanceTests : IAsyncLifetime
{
    private const string Mark = "a payload of its own ";

    private const string NoMoreTurns =
        """
        CREATE TRIGGER no_more_turns BEFORE INSERT ON history WHEN NEW.instance_key = (SELECT key FROM instance WHERE id = 'job')
        BEGIN SELECT RAISE(ABORT, 'not another turn'); END;
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-failing-");
    private readonly ManualTimeProvider _time = new();
    private readonly LogRecorder _log = new();
    private readonly ILoggerFactory _loggers;
    private EngineHost _host = null!;
    private int _spoken;
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _reads;

    public FailingInstanceTests() => _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));

    private string Database => Path.Combine(_directory.FullName, "engine.db");

    public async Task InitializeAsync()
    {
        // The first run leaves a database without a log: then the file itself can be damaged.
        _host = await StartAsync();
        await _host.Client.ScheduleNewOrchestrationInstanceAsync(
            "Flow", string.Concat(Enumerable.Repeat(Mark, 2000)), new StartOrchestrationOptions("job"));
        await _host.Client.WaitForInstanceStartAsync("job");
        await _host.StopAsync();
        _host = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _loggers.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task CommitBreaksARule_IsTriedWithPausesOfItsOwnAndThenHeldUntilItIsResumed()
    {
        Execute(NoMoreTurns);
        await _host.Client.RaiseEventAsync("job", "Go", 7);

        Assert.Contains("not another turn", await UntilHeldAsync(), StringComparison.Ordinal);
        Execute("DROP TRIGGER no_more_turns");
        await _host.Client.ResumeInstanceAsync("job");
        Assert.Equal(7, (await _host.EndAsync("job")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task MessageCannotBeRead_IsHeldAndTheNextProcessTriesAgain()
    {
        Execute(
            """
            INSERT INTO inbox (instance_key, kind, task_id, failure, received_at)
            SELECT key, 2, 0, '{"details": tru', 0 FROM instance WHERE id = 'job'
            """);
        await _host.Client.RaiseEventAsync("job", "Go", 7);

        Assert.Contains("System.Text.Json.JsonException", await UntilHeldAsync(), StringComparison.Ordinal);
        await _host.StopAsync();
        Execute("DELETE FROM inbox WHERE failure IS NOT NULL");
        _host = await StartAsync();
        Assert.Equal(7, (await _host.EndAsync("job")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task PagesOfOneInstanceAreDamaged_OnlyThatIsHeld()
    {
        BreakOverflowPages();
        await _host.Client.RaiseEventAsync("job", "Go", 7);

        // Each try makes the engine doubt its storage, until it has read everything else.
        await UntilAsync(async () => await HeldAsync() is not null);
        await UntilAsync(() => Task.FromResult(_host.Engine.IsHealthy));

        Assert.Contains("malformed", await HeldAsync(), StringComparison.Ordinal);
        Assert.True(Failures() >= FailingInstances.Limit);
        await RunOtherAsync();
        Assert.True(_host.Engine.IsHealthy);
    }

    [Fact]
    public async Task NothingCanBeRead_IsNotTheInstancesFault()
    {
        BreakOverflowPages();
        Execute("ALTER TABLE timer RENAME TO unreadable");
        await _host.Client.RaiseEventAsync("job", "Go", 7);

        await UntilAsync(() => Task.FromResult(Failures() > 2 * FailingInstances.Limit));

        Assert.Null(await HeldAsync());
        Assert.False(_host.Engine.IsHealthy);
        Execute("ALTER TABLE unreadable RENAME TO timer");
        await UntilAsync(() => Task.FromResult(_host.Engine.IsHealthy));
        await RunOtherAsync();
    }

    [Fact]
    public async Task Pause_MessagesMeanwhile_DoNotCutItShort()
    {
        Execute(NoMoreTurns);
        await _host.Client.RaiseEventAsync("job", "Go", 7);
        await EngineHost.UntilAsync(() => Task.FromResult(Failures() == 1 && _time.PendingTimers == 1));

        for (var i = 0; i < 3 * FailingInstances.Limit; i++) await _host.Client.RaiseEventAsync("job", "Go", 7);
        await RunOtherAsync();

        Assert.Equal(1, Failures());
    }

    [Fact]
    public async Task OutcomeCannotBeRecorded_CountsAsFailedAndTheActivityIsNotRunAgain()
    {
        Execute(
            """
            CREATE TRIGGER no_result BEFORE INSERT ON payload WHEN NEW.data = '"unspeakable"'
            BEGIN SELECT RAISE(ABORT, 'not this result'); END;
            """);
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Speaking", new StartOrchestrationOptions("speaking"));
        await UntilAsync(async () => (await _host.GetAsync("speaking")).RuntimeStatus == OrchestrationRuntimeStatus.Completed);

        var told = (await _host.GetAsync("speaking")).ReadOutputAs<string>();
        Assert.Contains("What came of activity 'Speak' cannot be recorded", told, StringComparison.Ordinal);
        Assert.Contains("not this result", told, StringComparison.Ordinal);
        Assert.Equal(1, _spoken);
    }

    [Fact]
    public async Task NoOutcomeCanBeRecorded_TheInstanceIsHeldAndTheOthersGoOn()
    {
        Execute("CREATE TRIGGER no_end BEFORE DELETE ON activity BEGIN SELECT RAISE(ABORT, 'no end'); END;");
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Speaking", new StartOrchestrationOptions("speaking"));
        await UntilAsync(async () => (await _host.Engine.GetAsync("speaking", false, default))!.Held is not null);

        Assert.Contains("no end", (await _host.Engine.GetAsync("speaking", false, default))!.Held, StringComparison.Ordinal);
        await RunOtherAsync();
        Assert.Equal(1, _spoken);

        // Also if the engine reads again what there is to do.
        Execute("ALTER TABLE timer RENAME TO unreadable");
        await Assert.ThrowsAsync<InstanceStoreException>(() => _host.Engine.HasWorkAsync(default));
        Execute("ALTER TABLE unreadable RENAME TO timer");
        await UntilAsync(() => Task.FromResult(_time.PendingTimers == 0));
        await RunOtherAsync();
        Assert.Equal(1, _spoken);

        Execute("DROP TRIGGER no_end");
        await _host.Client.ResumeInstanceAsync("speaking");
        await UntilAsync(async () => (await _host.GetAsync("speaking")).RuntimeStatus == OrchestrationRuntimeStatus.Completed);
        Assert.Equal(2, _spoken);
    }

    [Fact]
    public async Task PagesOfAnActivityAreDamaged_ItsInstanceIsHeldAndTheOthersGoOn()
    {
        await _host.StopAsync();
        _host = await StartAsync(activities: 1);
        await _host.Client.ScheduleNewOrchestrationInstanceAsync("Reading", "", new StartOrchestrationOptions("first"));
        await EngineHost.UntilAsync(() => Task.FromResult(_reads == 1));
        await _host.Client.ScheduleNewOrchestrationInstanceAsync(
            "Reading", string.Concat(Enumerable.Repeat(Mark, 2000)), new StartOrchestrationOptions("reading"));
        await _host.Client.WaitForInstanceStartAsync("reading");
        Execute("PRAGMA wal_checkpoint(TRUNCATE);");
        BreakOverflowPages();

        _read.SetResult();
        await UntilAsync(async () => (await _host.Engine.GetAsync("reading", false, default))!.Held is not null);
        await UntilAsync(() => Task.FromResult(_host.Engine.IsHealthy));

        Assert.Contains("malformed", (await _host.Engine.GetAsync("reading", false, default))!.Held, StringComparison.Ordinal);
        for (var i = 0; i < 5; i++)
        {
            await UntilAsync(() => Task.FromResult(true));
            await RunOtherAsync();
            Assert.True(_host.Engine.IsHealthy);
        }
    }

    /// <summary>Lets time pass until something is so.</summary>
    private Task UntilAsync(Func<Task<bool>> condition) => EngineHost.UntilAsync(() =>
    {
        if (_time.PendingTimers > 0) _time.Advance(TimeSpan.FromSeconds(5));
        return condition();
    });

    /// <summary>Lets time pass until it is held; others run meanwhile, and afterwards. Returns why it is.</summary>
    private async Task<string> UntilHeldAsync()
    {
        for (var failures = 1; failures < FailingInstances.Limit; failures++)
        {
            await EngineHost.UntilAsync(() => Task.FromResult(Failures() == failures && _time.PendingTimers == 1));
            await RunOtherAsync();
            Assert.True(_host.Engine.IsHealthy);
            _time.Advance(Recovery.Backoff(failures - 1) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(failures, Failures());
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        await EngineHost.UntilAsync(async () => await HeldAsync() is not null);
        Assert.Equal(0, _time.PendingTimers);
        await _host.Client.RaiseEventAsync("job", "Go", 8);
        await RunOtherAsync();
        Assert.Equal(FailingInstances.Limit, Failures());
        Assert.Contains("(instance job)", Assert.Single(_log.Lines, line => line.Level == LogLevel.Critical).Message, StringComparison.Ordinal);
        return (await HeldAsync())!;
    }

    private async Task<string?> HeldAsync() => (await _host.Engine.GetAsync("job", false, default))!.Held;

    private int Failures() => _log.Lines.Count(line => line.Message.StartsWith("An episode of the instance with key", StringComparison.Ordinal));

    private async Task RunOtherAsync()
    {
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await _host.Client.RaiseEventAsync(id, "Go", 1);
        Assert.Equal(1, (await _host.EndAsync(id)).ReadOutputAs<int>());
    }

    private Task<EngineHost> StartAsync(int activities = 100) =>
        new EngineHost(new EngineOptions { DatabasePath = Database, MaxConcurrentActivities = activities }, _time, _loggers)
        .Activity<string, string>("Speak", _ =>
        {
            Interlocked.Increment(ref _spoken);
            return "unspeakable";
        })
        .Activity<string, string>("Read", async (text, stopping) =>
        {
            Interlocked.Increment(ref _reads);
            await _read.Task.WaitAsync(stopping);
            return text;
        })
        .Orchestrator("Reading", context => context.CallActivityAsync<string>("Read", context.GetInput<string>()))
        .Orchestrator("Speaking", async context =>
        {
            try
            {
                return await context.CallActivityAsync<string>("Speak");
            }
            catch (TaskFailedException e)
            {
                return e.FailureDetails.ErrorMessage;
            }
        })
        .Orchestrator("Flow", context => context.WaitForExternalEvent<int>("Go"))
        .StartAsync();

    private void Execute(string sql)
    {
        using var other = SqliteConnection.Open(Database, readOnly: false);
        other.Execute($"PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 0; {sql}");
    }

    /// <summary>A long payload goes on in pages that begin with the number of the next one: https://www.sqlite.org/fileformat.html 1.6.</summary>
    private void BreakOverflowPages()
    {
        using var file = new FileStream(Database, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var header = new byte[18];
        file.ReadExactly(header);
        var page = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(16))];
        var broken = 0;
        for (long at = 0; at < file.Length; at += page.Length)
        {
            file.Position = at;
            file.ReadExactly(page);
            if (page.AsSpan(4, 200).IndexOf("payload of its own"u8) < 0) continue;
            file.Position = at;
            file.Write([0x7F, 0xFF, 0xFF, 0xFF]);
            broken++;
        }

        Assert.NotEqual(0, broken);
    }
}
