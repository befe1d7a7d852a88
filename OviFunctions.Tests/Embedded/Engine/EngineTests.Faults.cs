using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Store.Sqlite;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Engine;

/// <summary>Activities that run again, commits that fail.</summary>
public abstract partial class EngineTests
{
    [Fact]
    public async Task RunActivitiesTwiceSwitch_EachRunsTwiceAndTheSecondResultCounts()
    {
        var runs = 0;
        var host = await Host(Options with { TestSwitches = new EngineTestSwitches { RunActivitiesTwice = true } })
            .Activity<string, int>("Count", _ => ++runs == 1 ? throw new IOException("lost with the crash") : runs)
            .Orchestrator("Flow", context => context.CallActivityAsync<int>("Count"))
            .StartAsync();

        Assert.Equal(2, (await host.RunAsync("Flow")).ReadOutputAs<int>());
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task FailedCommits_NothingIsAcknowledgedAndWorkGoesOnWhenStorageIsBack()
    {
        var broken = false;
        var attempts = 0;
        var runs = 0;
        var switches = new EngineTestSwitches
        {
            OnCommit = phase =>
            {
                if (!Volatile.Read(ref broken) || phase != CommitPhase.Before) return;
                Interlocked.Increment(ref attempts);
                throw new IOException("disk full");
            },
        };
        var host = await Host(Options with { TestSwitches = switches })
            .Activity<string, int>("Work", _ => ++runs)
            .Orchestrator("Flow", async context =>
            {
                await context.WaitForExternalEvent<object>("Go");
                return await context.CallActivityAsync<int>("Work");
            })
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.Client.WaitForInstanceStartAsync(id);
        Volatile.Write(ref broken, true);

        await Assert.ThrowsAsync<InstanceStoreException>(() => host.Client.RaiseEventAsync(id, "Go"));
        Assert.False(host.Engine.IsHealthy);
        Assert.Contains("disk full", host.Engine.LastError, StringComparison.Ordinal);

        Volatile.Write(ref broken, false);
        await host.Client.RaiseEventAsync(id, "Go");
        Assert.Equal(1, (await host.EndAsync(id)).ReadOutputAs<int>());
        Assert.True(host.Engine.IsHealthy);
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task FailedCommits_NewStartsAreRefusedWithoutATryUntilStorageIsBack()
    {
        var broken = false;
        var attempts = 0;
        var switches = new EngineTestSwitches
        {
            OnCommit = phase =>
            {
                if (phase != CommitPhase.Before) return;
                Interlocked.Increment(ref attempts);
                if (Volatile.Read(ref broken)) throw new IOException("disk on fire");
            },
        };
        var host = await Host(Options with { TestSwitches = switches }).Orchestrator("Flow", _ => Task.CompletedTask).StartAsync();
        Volatile.Write(ref broken, true);
        await Assert.ThrowsAsync<InstanceStoreException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Flow"));

        var refusal = await Assert.ThrowsAsync<IntakeRefusedException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Flow"));

        Assert.Contains("disk on fire", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, attempts);
        Volatile.Write(ref broken, false);
        await UntilHealthyAsync(host);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.RunAsync("Flow")).RuntimeStatus);
    }

    [Fact]
    public async Task FailedCommits_OnlyRetentionWrites_StartsAreTakenSoonAfterStorageIsBack()
    {
        var broken = false;
        var switches = new EngineTestSwitches
        {
            OnCommit = _ =>
            {
                if (Volatile.Read(ref broken)) throw new IOException("disk full");
            },
        };
        var host = await Host(Options with { Retention = TimeSpan.FromDays(30), TestSwitches = switches })
            .Orchestrator("Flow", _ => Task.CompletedTask).StartAsync();
        Volatile.Write(ref broken, true);
        await EngineHost.UntilAsync(() =>
        {
            if (host.Engine.IsHealthy) Time.Advance(TimeSpan.FromMinutes(10));
            return Task.FromResult(!host.Engine.IsHealthy);
        });

        Volatile.Write(ref broken, false);
        var soon = Time.GetUtcNow() + TimeSpan.FromMinutes(1);
        await EngineHost.UntilAsync(() =>
        {
            if (Time.GetUtcNow() < soon) Time.Advance(TimeSpan.FromSeconds(5));
            return Task.FromResult(host.Engine.IsHealthy);
        });

        await host.RunAsync("Flow");
    }

    [Fact]
    public async Task EpisodesEndForGood_TheLogThrows_IsUnhealthyAndTakesNothingNew()
    {
        using var loggers = new LoggerFactory([new ThrowingLog()]);
        await using var host = new EngineHost(Options, Time, loggers);
        await host.Orchestrator("Broken", _ => throw new InvalidOperationException("broken")).StartAsync();

        await host.Client.ScheduleNewOrchestrationInstanceAsync("Broken");
        await EngineHost.UntilAsync(() => Task.FromResult(!host.Engine.IsHealthy));

        Assert.Contains("A part of the engine has ended", host.Engine.LastError, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IntakeRefusedException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Broken"));
    }

    [Fact]
    public async Task Backlog_NewStartsAreRefusedWhileEventsAndResultsPass()
    {
        var work = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var host = await Host(Options with { MaxConcurrentActivities = 1, LargestBacklog = 2 })
            .Activity<string, int>("Slow", async (_, cancellation) =>
            {
                await work.Task.WaitAsync(cancellation);
                return 1;
            })
            .Orchestrator("Flow", context => context.CallActivityAsync<int>("Slow"))
            .Orchestrator("Waiting", context => context.WaitForExternalEvent<int>("Go"))
            .StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Waiting", new StartOrchestrationOptions("waiting"));
        await host.Client.WaitForInstanceStartAsync("waiting");
        var accepted = new List<string>();

        await EngineHost.UntilAsync(async () =>
        {
            try
            {
                accepted.Add(await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow"));
                return false;
            }
            catch (IntakeRefusedException)
            {
                return true;
            }
        });

        await host.Client.RaiseEventAsync("waiting", "Go", 7);
        Assert.Equal(7, (await host.EndAsync("waiting")).ReadOutputAs<int>());
        work.SetResult();
        foreach (var id in accepted) Assert.Equal(1, (await host.EndAsync(id)).ReadOutputAs<int>());
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.RunAsync("Flow")).RuntimeStatus);
    }

    [Fact]
    public async Task HangingCommit_IsUnhealthyAndTakesNothingNewAndThenGoesOn()
    {
        using var storage = new ManualResetEventSlim(initialState: true);
        using var reached = new ManualResetEventSlim();
        var switches = new EngineTestSwitches
        {
            OnCommit = phase =>
            {
                if (phase != CommitPhase.Before || storage.IsSet) return;
                reached.Set();
                storage.Wait();
            },
        };
        var stopwatch = new ManualTimeProvider();
        var host = await Host(Options with { TestSwitches = switches }, stopwatch)
            .Orchestrator("Flow", context => context.WaitForExternalEvent<int>("Go"))
            .StartAsync();
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Flow");
        await host.Client.WaitForInstanceStartAsync(id);
        storage.Reset();
        var raised = Task.Run(() => host.Client.RaiseEventAsync(id, "Go", 7));
        try
        {
            await EngineHost.UntilAsync(() => Task.FromResult(reached.IsSet));
            Assert.True(host.Engine.IsHealthy);

            stopwatch.Advance(StoreHealth.CommitPatience + TimeSpan.FromSeconds(1));

            Assert.False(host.Engine.IsHealthy);
            Assert.Contains("has not ended", host.Engine.LastError, StringComparison.Ordinal);
            await Assert.ThrowsAsync<IntakeRefusedException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Flow"));
            Assert.False(raised.IsCompleted);
        }
        finally
        {
            storage.Set();
        }

        await raised;
        Assert.Equal(7, (await host.EndAsync(id)).ReadOutputAs<int>());
        Assert.True(host.Engine.IsHealthy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnyOneCommitFails_TheOrchestrationStillEndsWithEachEffectOnce(bool afterwards)
    {
        var phase = afterwards ? CommitPhase.After : CommitPhase.Before;
        for (var failing = 1; failing <= 9; failing++)
        {
            var (commits, effects) = (0, 0);
            var at = failing;
            var switches = new EngineTestSwitches
            {
                OnCommit = p =>
                {
                    if (p == phase && Interlocked.Increment(ref commits) == at) throw new IOException("once");
                },
            };
            await using var host = await Host(Options with { DatabasePath = Options.DatabasePath is { } path ? path + failing : null, TestSwitches = switches })
                .Activity<int, int>("Add", n =>
                {
                    Interlocked.Add(ref effects, n);
                    return n;
                })
                .Orchestrator("Child", context => context.CallActivityAsync<int>("Add", 100))
                .Orchestrator("Flow", async context =>
                    await context.CallActivityAsync<int>("Add", 1) + await context.CallSubOrchestratorAsync<int>("Child", new SubOrchestrationOptions(instanceId: "kid")))
                .StartAsync();
            await EngineHost.UntilAsync(async () =>
            {
                if (await Record.ExceptionAsync(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Flow", new StartOrchestrationOptions("a"))) is null
                    || await host.Client.GetInstanceAsync("a") is not null) return true;
                Time.Advance(TimeSpan.FromSeconds(5));
                return false;
            });

            var end = host.EndAsync("a");
            await EngineHost.UntilAsync(() =>
            {
                if (Time.PendingTimers > 0) Time.Advance(TimeSpan.FromSeconds(5));
                return Task.FromResult(end.IsCompleted);
            });

            Assert.Equal(101, (await end).ReadOutputAs<int>());
            Assert.Equal(101, effects);
        }
    }

    /// <summary>Such as one whose disk is full.</summary>
    private sealed class ThrowingLog : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) throw new IOException("no space for the log");
        }

        public void Dispose() { }
    }

    /// <summary>Lets time pass until the engine has found out by itself that writes succeed.</summary>
    private protected Task UntilHealthyAsync(EngineHost host) => EngineHost.UntilAsync(() =>
    {
        if (Time.PendingTimers > 0) Time.Advance(TimeSpan.FromSeconds(5));
        return Task.FromResult(host.Engine.IsHealthy);
    });
}
