using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Embedded.Store;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>A database that another release of the app has worked with.</summary>
public sealed partial class UpgradeTests : IDisposable
{
    private static readonly UpgradeRules Parking = new() { OnNonDeterminism = NonDeterminismStrategy.Park };

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-upgrade-");
    private readonly ManualTimeProvider _time = new();
    private readonly LogRecorder _log = new();
    private readonly ILoggerFactory _loggers;
    private readonly List<string> _paid = [];

    public UpgradeTests() => _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));

    private string Database => Path.Combine(_directory.FullName, "engine.db");

    public void Dispose()
    {
        _loggers.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task OtherCodeAndBack_Park_ThePaidJobGoesOnWhereItWas()
    {
        await RunAsync(Parking, OldCode, StartPaidAsync);

        await RunAsync(Parking, NewCode, async host =>
        {
            await host.Client.RaiseEventAsync("job", "Video", "first");
            await EngineHost.UntilAsync(async () => await HeldAsync(host, "job") is not null);
            await host.Client.RaiseEventAsync("job", "Video", "second");
            Assert.Equal("new", (await host.RunAsync("Other")).ReadOutputAs<string>());

            Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.GetAsync("job")).RuntimeStatus);
            Assert.Contains("the replay asked for activity 'Check'", await HeldAsync(host, "job"), StringComparison.Ordinal);
            var alarm = Assert.Single(_log.Lines, line => line.Level == LogLevel.Critical);
            Assert.Contains("(instance job) is parked", alarm.Message, StringComparison.Ordinal);
        });

        await RunAsync(Parking, OldCode, async host =>
        {
            Assert.Equal("first second", (await host.EndAsync("job")).ReadOutputAs<string>());
            Assert.Null(await HeldAsync(host, "job"));
        });
        Assert.Equal(["pay"], _paid);
    }

    [Fact]
    public async Task CodeIsGone_Park_WaitsForARelease()
    {
        await RunAsync(Parking, OldCode, async host =>
        {
            await StartPaidAsync(host);
            await host.Client.RaiseEventAsync("job", "Video", "first");
            await host.UntilStatusAsync("job", "first");
            await host.Client.SuspendInstanceAsync("job");
            await host.Client.RaiseEventAsync("job", "Video", "second");
        });

        await RunAsync(Parking, _ => { }, async host =>
        {
            await host.Client.ResumeInstanceAsync("job");
            await EngineHost.UntilAsync(async () => await HeldAsync(host, "job") is not null);

            // What was never begun has nothing to lose: nobody has asked for this name before.
            Assert.Equal(OrchestrationRuntimeStatus.Failed, (await host.RunAsync("Job")).RuntimeStatus);
        });

        await RunAsync(Parking, OldCode, async host =>
            Assert.Equal("first second", (await host.EndAsync("job")).ReadOutputAs<string>()));
    }

    /// <summary>Code that throws in the replay where the history waits, as over a result that it reads as another type.</summary>
    [Fact]
    public async Task OtherCodeThrowsInTheReplayAndBack_Park_ThePaidJobGoesOnWhereItWas()
    {
        await RunAsync(Parking, OldCode, StartPaidAsync);

        await RunAsync(
            Parking,
            host => host.Orchestrator("Job", async context => await context.CallActivityAsync<int>("Pay", "pay")),
            async host =>
            {
                await host.Client.RaiseEventAsync("job", "Video", "first");
                await EngineHost.UntilAsync(async () => await HeldAsync(host, "job") is not null);
            });

        await RunAsync(Parking, OldCode, async host =>
        {
            await host.Client.RaiseEventAsync("job", "Video", "second");
            Assert.Equal("first second", (await host.EndAsync("job")).ReadOutputAs<string>());
        });
        Assert.Equal(["pay"], _paid);
    }

    /// <summary>A release is taken back while an activity that only it has is open.</summary>
    [Fact]
    public async Task ActivityIsGoneAndBack_Park_ItRunsAfterAll()
    {
        using var running = new SemaphoreSlim(0);
        await RunAsync(Parking, WithCheck((_, stopping) =>
        {
            running.Release();
            return new TaskCompletionSource<string>().Task.WaitAsync(stopping);
        }), async host =>
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Job", new StartOrchestrationOptions("job"));
            await running.WaitAsync(TimeSpan.FromSeconds(20));
        });

        await RunAsync(Parking, OldCode, async host =>
        {
            await EngineHost.UntilAsync(async () => await HeldAsync(host, "job") is not null);

            Assert.Equal("No activity named 'Check' is registered in this host.", await HeldAsync(host, "job"));
            await EngineHost.UntilAsync(() => Task.FromResult(_log.Lines.Any(line => line.Level == LogLevel.Critical)));

            await host.Client.ResumeInstanceAsync("job");
            await EngineHost.UntilAsync(async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return await HeldAsync(host, "job") is not null;
            });
        });

        await RunAsync(Parking, WithCheck((input, _) => Task.FromResult(input)), async host =>
        {
            Assert.Equal("checked", (await host.EndAsync("job")).ReadOutputAs<string>());
            Assert.Null(await HeldAsync(host, "job"));
        });

        static Action<EngineHost> WithCheck(Func<string, CancellationToken, Task<string>> check) => host => host
            .Activity("Check", check)
            .Orchestrator("Job", context => context.CallActivityAsync<string>("Check", "checked"));
    }

    [Fact]
    public async Task ActivityIsGone_AnEpisodeIsUnderWay_TheNoteThatItWaitsStays()
    {
        var (blocked, unblocked) = (new TaskCompletionSource(), new TaskCompletionSource());
        using var playing = new ManualResetEventSlim();
        using var parked = new ManualResetEventSlim();
        var options = new EngineOptions { DatabasePath = Database, Upgrades = Parking, MaxConcurrentActivities = 1 };
        await using var host = await new EngineHost(options, _time, _loggers)
            .Activity<string, string>("Block", async (_, stopping) =>
            {
                blocked.SetResult();
                await unblocked.Task.WaitAsync(stopping);
                return "";
            })
            .Orchestrator("Blocking", context => context.CallActivityAsync<string>("Block", ""))
            .Orchestrator("Job", async context =>
            {
                var gone = context.CallActivityAsync<string>("Gone", "");
                context.SetCustomStatus("asked");
                await context.WaitForExternalEvent<string>("Go");
                playing.Set();
                parked.Wait();
                context.SetCustomStatus("told");
                await gone;
            })
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Blocking");
        await blocked.Task;
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Job", new StartOrchestrationOptions("job"));
        await host.UntilStatusAsync("job", "asked");
        await host.Client.RaiseEventAsync("job", "Go", "");
        await EngineHost.UntilAsync(() => Task.FromResult(playing.IsSet));

        unblocked.SetResult();
        await EngineHost.UntilAsync(async () => await HeldAsync(host, "job") is not null);
        parked.Set();
        await host.UntilStatusAsync("job", "told");

        await EngineHost.UntilAsync(async () => await HeldAsync(host, "job") is not null);
    }

    /// <summary>The kind of an event that only a later release knows.</summary>
    [Fact]
    public async Task HistoryThatThisReleaseCannotReadAndBack_Park_ThePaidJobGoesOnWhereItWas()
    {
        await RunAsync(Parking, OldCode, StartPaidAsync);
        Replace("ActivityScheduled", "AgentScheduled");

        await RunAsync(Parking, OldCode, async host =>
        {
            await host.Client.RaiseEventAsync("job", "Video", "first");
            await EngineHost.UntilAsync(async () => await HeldAsync(host, "job") is not null);
            Assert.Contains("cannot be read", await HeldAsync(host, "job"), StringComparison.Ordinal);
        });

        Replace("AgentScheduled", "ActivityScheduled");
        await RunAsync(Parking, OldCode, async host =>
        {
            await host.Client.RaiseEventAsync("job", "Video", "second");
            Assert.Equal("first second", (await host.EndAsync("job")).ReadOutputAs<string>());
        });

        void Replace(string kind, string by)
        {
            using var file = SqliteConnection.Open(Database, readOnly: false);
            file.Execute($"UPDATE history SET turn = CAST(replace(CAST(turn AS TEXT), '{kind}', '{by}') AS BLOB);");
        }
    }

    [Fact]
    public async Task OtherCode_Fail_TheInstanceFails()
    {
        await RunAsync(new(), OldCode, StartPaidAsync);

        await RunAsync(new(), NewCode, async host =>
        {
            await host.Client.RaiseEventAsync("job", "Video", "first");
            Assert.Equal(typeof(NonDeterministicOrchestrationException).FullName, (await host.EndAsync("job")).FailureDetails!.ErrorType);
        });
    }

    [Fact]
    public async Task Parked_Terminated_Ends()
    {
        await RunAsync(Parking, OldCode, StartPaidAsync);

        await RunAsync(Parking, NewCode, async host =>
        {
            await host.Client.RaiseEventAsync("job", "Video", "first");
            await EngineHost.UntilAsync(async () => await HeldAsync(host, "job") is not null);
            await host.Client.TerminateInstanceAsync("job", "enough");

            Assert.Equal("enough", (await host.EndAsync("job")).ReadOutputAs<string>());
            Assert.Null(await HeldAsync(host, "job"));
        });
    }

    [Fact]
    public async Task ParkingCannotBeRecorded_IsTriedAgain()
    {
        await RunAsync(Parking, OldCode, async host =>
        {
            await StartPaidAsync(host);
            await host.Client.SuspendInstanceAsync("job");
            await host.Client.RaiseEventAsync("job", "Video", "first");
        });

        var commits = 0;
        var broken = new EngineTestSwitches
        {
            // The first commit is the resumption, the second the note that the instance is parked.
            OnCommit = phase =>
            {
                if (phase == CommitPhase.Before && Interlocked.Increment(ref commits) == 2) throw new IOException("No space left on device");
            },
        };
        await RunAsync(Parking, NewCode, async host =>
        {
            await host.Client.ResumeInstanceAsync("job");
            await EngineHost.UntilAsync(async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return await HeldAsync(host, "job") is not null;
            });
        }, broken);
        // At least: while commits fail the engine tries one of its own.
        Assert.InRange(commits, 3, int.MaxValue);
    }

    [Fact]
    public async Task DatabaseOfTheFirstRelease_IsMigratedAndItsInstancesGoOn()
    {
        using (var old = SqliteConnection.Open(Database, readOnly: false))
        {
            using var script = new StreamReader(
                typeof(SqliteStore).Assembly.GetManifestResourceStream("OviFunctions.Embedded.Migrations.0001_instances")!);
            old.Execute(await script.ReadToEndAsync());
            old.Execute($$"""
                INSERT INTO instance (key, id, name, status, next_sequence, created_at, updated_at, turn_at)
                VALUES (7, 'old', 'Echo', 0, 1, {{StoreFixture.Noon.UtcTicks}}, {{StoreFixture.Noon.UtcTicks}}, {{StoreFixture.Noon.UtcTicks}});
                INSERT INTO history (instance_key, execution, sequence, turn) VALUES (7, 0, 0,
                  '{"at":"2026-11-20T12:00:00Z","inbound":[{"kind":"ExecutionStarted"}],"actions":[{"kind":"TimerCreated"}]}');
                INSERT INTO timer (instance_key, task_id, due_at) VALUES (7, 0, {{StoreFixture.Noon.UtcTicks}});
                PRAGMA application_id = {{0x4F766945}};
                PRAGMA user_version = 1;
                """);
        }

        await RunAsync(new() { DefaultVersion = "1.0" }, Versions, async host =>
            Assert.Equal("", (await host.EndAsync("old")).ReadOutputAs<string>()));
    }

    private static async Task StartPaidAsync(EngineHost host)
    {
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Job", new StartOrchestrationOptions("job"));
        await host.UntilStatusAsync("job", "paid");
    }

    /// <summary>Pays, then waits for two events.</summary>
    private void OldCode(EngineHost host) => host
        .Activity<string, string>("Pay", Pay)
        .Orchestrator("Job", async context =>
        {
            await context.CallActivityAsync("Pay", "pay");
            context.SetCustomStatus("paid");
            var first = await context.WaitForExternalEvent<string>("Video");
            context.SetCustomStatus(first);
            return $"{first} {await context.WaitForExternalEvent<string>("Video")}";
        });

    /// <summary>Checks before it pays: it asks for something else than the history of a job of the old code records.</summary>
    private void NewCode(EngineHost host) => host
        .Activity<string, string>("Pay", Pay)
        .Activity<string, string>("Check", _ => "")
        .Orchestrator("Other", _ => Task.FromResult("new"))
        .Orchestrator("Job", async context =>
        {
            await context.CallActivityAsync("Check", "check");
            return await context.CallActivityAsync<string>("Pay", "pay");
        });

    private string Pay(string input)
    {
        _paid.Add(input);
        return input;
    }

    private static async Task<string?> HeldAsync(EngineHost host, string id) => (await host.Engine.GetAsync(id, false, default))!.Held;

    /// <summary>One release of the app, from its start to its stop.</summary>
    private async Task RunAsync(
        UpgradeRules rules, Action<EngineHost> code, Func<EngineHost, Task> use, EngineTestSwitches? switches = null)
    {
        var options = new EngineOptions { DatabasePath = Database, Upgrades = rules, TestSwitches = switches ?? new() };
        await using var host = new EngineHost(options, _time, _loggers);
        code(host);
        await host.StartAsync();
        await use(host);
    }
}
