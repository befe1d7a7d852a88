using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting.Operator;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>What the engine does after a process that died with something; processes that do die are in PoisonProcessTests.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-crash-");
    private readonly LogRecorder _log = new();
    private readonly ILoggerFactory _loggers;

    public CrashTests() => _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));

    private EngineOptions Options => new()
    {
        DatabasePath = Path.Combine(_directory.FullName, "engine.db"),
        MaxCrashes = 3,
        SuspectsWait = TimeSpan.Zero,
        ShutdownGrace = TimeSpan.Zero,
    };

    public void Dispose()
    {
        _loggers.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Activity_CrashedTooOften_FailsWithoutARetryAndItsOrchestratorGoesOn()
    {
        var runs = 0;
        await RunAsync(Paying(_ => { }, block: true), async host =>
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Job", new StartOrchestrationOptions("job"));
            await EngineHost.UntilAsync(async () => await CountActivitiesAsync() == 1);
        });
        var pay = WorkItem.Activity((await OpenActivitiesAsync()).Single());
        for (var crash = 1; crash < Options.MaxCrashes; crash++)
        {
            DiedWith(pay);
            await RunAsync(Paying(_ => Interlocked.Increment(ref runs), block: true), _ => EngineHost.UntilAsync(() => Task.FromResult(runs == crash)));
        }

        DiedWith(pay);
        await RunAsync(Paying(_ => Interlocked.Increment(ref runs), block: false), async host =>
        {
            var refunded = (await host.EndAsync("job")).ReadOutputAs<string>();
            Assert.Contains("'Pay' was under way 3 times when the process died", refunded, StringComparison.Ordinal);
        });
        Assert.Equal(2, runs);
        Assert.Single(_log.Lines, line => line.Level == LogLevel.Critical);
    }

    [Fact]
    public async Task Suspects_RunOneAtATimeBesideTheRestAndAreAcquitted()
    {
        await RunAsync(Working([], []), async host =>
        {
            foreach (var id in (string[])["a", "b", "c"]) await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", id, new StartOrchestrationOptions(id));
            await EngineHost.UntilAsync(async () => await CountActivitiesAsync() == 3);
        });
        WorkItem[] suspects = [.. (await OpenActivitiesAsync()).Select(WorkItem.Activity)];
        DiedWith(suspects);
        await RunAsync(Working([], []), _ => Task.CompletedTask);
        DiedWith(suspects);

        var (begun, finish) = (new List<string>(), new Dictionary<string, TaskCompletionSource>());
        await RunAsync(Working(begun, finish), async host =>
        {
            foreach (var id in (string[])["new 1", "new 2"]) await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", id, new StartOrchestrationOptions(id));
            for (var ended = 0; ended < 3; ended++)
            {
                // Both new ones, and of the suspects one more than have ended.
                await EngineHost.UntilAsync(() => Task.FromResult(Begun().Length == 3 + ended && Begun().Count(id => id.StartsWith("new", StringComparison.Ordinal)) == 2));
                var suspect = Begun().Last(id => !id.StartsWith("new", StringComparison.Ordinal));
                Finish(suspect);
                Assert.Equal(suspect, (await host.EndAsync(suspect)).ReadOutputAs<string>());
            }

            Finish("new 1");
            Finish("new 2");
            await host.EndAsync("new 1");
            await host.EndAsync("new 2");
        });

        string[] Begun()
        {
            lock (begun) return [.. begun];
        }

        void Finish(string id)
        {
            lock (begun) finish[id].SetResult();
        }
    }

    [Fact]
    public async Task Suspect_ProcessIsYoung_WaitsWhileTheRestRuns()
    {
        var suspect = await StartWaitingAsync();
        DiedWith(suspect);
        await RunAsync(Waiting, _ => Task.CompletedTask);
        DiedWith(suspect);
        var time = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = new EngineHost(Options with { SuspectsWait = TimeSpan.FromSeconds(10) }, time, _loggers);
        Waiting(host);
        await host.StartAsync();

        await host.Client.RaiseEventAsync("job", "Go", 3);
        time.Advance(TimeSpan.FromSeconds(9));
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("other"));
        await host.Client.RaiseEventAsync("other", "Go", 7);
        Assert.Equal(7, (await host.EndAsync("other")).ReadOutputAs<int>());
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.GetAsync("job")).RuntimeStatus);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, (await host.EndAsync("job")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Instance_CrashedTooOften_IsHeldThroughRestartsUntilItIsResumed()
    {
        var key = await StartWaitingAsync();
        for (var crash = 0; crash < Options.MaxCrashes; crash++)
        {
            DiedWith(key);
            await RunAsync(Waiting, _ => Task.CompletedTask);
        }

        for (var start = 0; start < 2; start++)
        {
            await RunAsync(Waiting, async host =>
            {
                await host.Client.RaiseEventAsync("job", "Go", start);
                await EngineHost.UntilAsync(async () =>
                    (await host.Engine.GetAsync("job", false, default))!.Held is not null && !await host.Engine.HasWorkAsync(default));
                await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("other " + start));
                await host.Client.RaiseEventAsync("other " + start, "Go", 7);
                Assert.Equal(7, (await host.EndAsync("other " + start)).ReadOutputAs<int>());
            });
        }

        Assert.All(_log.Lines.Where(line => line.Level == LogLevel.Critical), line => Assert.Contains("(instance job)", line.Message, StringComparison.Ordinal));
        Assert.Equal(2, _log.Lines.Count(line => line.Level == LogLevel.Critical));
        Assert.Contains("job", await CommandAsync("list", "--held"), StringComparison.Ordinal);
        Assert.Contains("under way 3 times when the process died", await CommandAsync("show", "job"), StringComparison.Ordinal);
        await CommandAsync("resume", "job");
        Assert.DoesNotContain("job", await CommandAsync("list", "--held"), StringComparison.Ordinal);
        await RunAsync(Waiting, async host => Assert.Equal(0, (await host.EndAsync("job")).ReadOutputAs<int>()));
    }

    [Fact]
    public async Task Instance_HeldAndResumedInTheRunningProcess_GoesOn()
    {
        var key = await StartWaitingAsync();
        for (var crash = 1; crash < Options.MaxCrashes; crash++)
        {
            DiedWith(key);
            await RunAsync(Waiting, _ => Task.CompletedTask);
        }

        DiedWith(key);
        await RunAsync(Waiting, async host =>
        {
            await host.Client.RaiseEventAsync("job", "Go", 5);
            await EngineHost.UntilAsync(async () => (await host.Engine.GetAsync("job", false, default))!.Held is not null);

            await host.Client.ResumeInstanceAsync("job");

            Assert.Equal(5, (await host.EndAsync("job")).ReadOutputAs<int>());
        });
    }

    [Fact]
    public async Task Instance_GetsOnInBetween_IsNeverHeld()
    {
        var key = await StartWaitingAsync();
        for (var turn = 1; turn <= 2 * Options.MaxCrashes; turn++)
        {
            DiedWith(key);
            await RunAsync(Waiting, async host =>
            {
                await host.Client.RaiseEventAsync("job", "Tick", turn);
                await host.UntilStatusAsync("job", $"tick {turn}");
            });
        }

        Assert.DoesNotContain(_log.Lines, line => line.Level == LogLevel.Critical);
    }

    [Fact]
    public async Task Stop_ActivityDoesNotEnd_IsNoCrash()
    {
        using var never = new ManualResetEventSlim();
        var begun = 0;
        void Code(EngineHost host) => host
            .Activity<string, string>("Stuck", _ =>
            {
                Interlocked.Increment(ref begun);
                never.Wait();
                return "late";
            })
            .Orchestrator("Job", context => context.CallActivityAsync<string>("Stuck"));

        await RunAsync(Code, async host =>
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Job", new StartOrchestrationOptions("job"));
            await EngineHost.UntilAsync(() => Task.FromResult(begun == 1));
        });
        await using var store = await OpenStoreAsync();
        never.Set();

        Assert.Empty(new InFlight(Options.DatabasePath + ".running", 1).Open());
        Assert.Empty(await store.ReadCrashesAsync(1, default));
    }

    /// <summary>Leaves the notes of a process that died while this was under way.</summary>
    private void DiedWith(params WorkItem[] work)
    {
        var died = new InFlight(Options.DatabasePath + ".running", work.Length);
        died.Open();
        foreach (var each in work) died.Begin(each);
    }

    private async Task<WorkItem> StartWaitingAsync()
    {
        long key = 0;
        await RunAsync(Waiting, async host =>
        {
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("job"));
            await host.Client.WaitForInstanceStartAsync("job");
            key = (await host.Engine.GetAsync("job", false, default))!.Key;
        });
        return WorkItem.Episode(key);
    }

    private static void Waiting(EngineHost host) => host.Orchestrator("Flow", async context =>
    {
        var go = context.WaitForExternalEvent<int>("Go");
        while (true)
        {
            var tick = context.WaitForExternalEvent<int>("Tick");
            if (await Task.WhenAny(go, tick) == go) return await go;
            context.SetCustomStatus($"tick {await tick}");
        }
    });

    /// <summary>Pays, with retries, and tells why it could not.</summary>
    private static Action<EngineHost> Paying(Action<string> begun, bool block) => host => host
        .Activity<string, string>("Pay", async (input, stopping) =>
        {
            begun(input);
            if (block) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
            return "paid";
        })
        .Orchestrator("Job", async context =>
        {
            try
            {
                var retry = TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromMilliseconds(1)));
                return await context.CallActivityAsync<string>("Pay", "pay", retry);
            }
            catch (TaskFailedException e)
            {
                return $"refunded: {e.FailureDetails.ErrorMessage}";
            }
        });

    private static Action<EngineHost> Working(List<string> begun, Dictionary<string, TaskCompletionSource> finish) => host => host
        .Activity<string, string>("Work", async (id, stopping) =>
        {
            var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (begun)
            {
                begun.Add(id);
                finish[id] = end;
            }

            await end.Task.WaitAsync(stopping);
            return id;
        })
        .Orchestrator("Flow", context => context.CallActivityAsync<string>("Work", context.GetInput<string>()));

    private async Task RunAsync(Action<EngineHost> code, Func<EngineHost, Task> use)
    {
        await using var host = new EngineHost(Options, TimeProvider.System, _loggers);
        code(host);
        await host.StartAsync();
        await use(host);
    }

    private async Task<SqliteStore> OpenStoreAsync()
    {
        var store = new SqliteStore(Options.DatabasePath!);
        await store.OpenAsync(default);
        return store;
    }

    private async Task<IReadOnlyList<long>> OpenActivitiesAsync()
    {
        await using var store = await OpenStoreAsync();
        return [.. (await store.ReadActivitiesAsync(0, default)).Select(activity => activity.Id)];
    }

    private Task<int> CountActivitiesAsync()
    {
        using var database = DatabaseFile.OpenReader(Options.DatabasePath!);
        return Task.FromResult((int)database.ReadInt64("SELECT count(*) FROM activity"));
    }

    private async Task<string> CommandAsync(params string[] words)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("EmbeddedHost:DatabasePath", Options.DatabasePath)]).Build();
        Assert.Equal((0, ""), (await InstancesCommand.RunAsync(words, configuration, "/", output, error, TimeProvider.System), error.ToString()));
        return output.ToString();
    }
}
