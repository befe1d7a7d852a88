using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>The durable engine of one process: owns the store, the queues and the workers. See docs/engine.md.</summary>
internal sealed partial class OrchestrationEngine : IAsyncDisposable
{
    private readonly EngineOptions _options;
    private readonly IInstanceStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly InstanceQueue _instances = new(TimeProvider.System);
    private readonly InstanceSignals _signals = new();
    private readonly HeldInstances _held;
    private readonly Suspects _suspects;
    private readonly InFlight _inFlight;
    private readonly FailingInstances _failing;
    private readonly Runaways _runaways;
    private readonly EpisodeThreads _threads;
    private readonly TimerQueue _timers;
    private readonly Recovery _recovery;
    private readonly ActivityQueue _activities;
    private readonly ActivityRunner _activityRunner;
    private readonly EpisodeRunner _episodes;
    private readonly Retention? _retention;
    private readonly CancellationTokenSource _stopping = new();
    private Task _workers = Task.CompletedTask;
    private Task<Task> _firstToEnd = new TaskCompletionSource<Task>().Task;
    private volatile bool _accepts;

    public OrchestrationEngine(
        FunctionTable functions,
        EngineOptions options,
        IInstanceStore store,
        TimeProvider time,
        ILoggerFactory loggers,
        JsonSerializerOptions json,
        TimeProvider? stopwatch = null)
    {
        (_options, _store, _time, _logger) = (options, store, time, loggers.CreateLogger<OrchestrationEngine>());
        Payloads = new JsonDataConverter(json);
        _held = new(store, loggers.CreateLogger<HeldInstances>());
        _suspects = new(store, options, time, loggers.CreateLogger<Suspects>());
        _inFlight = new(
            options.DatabasePath is { } path ? path + ".running" : null, options.MaxConcurrentActivities + options.MaxConcurrentOrchestrations);
        _failing = new(_instances, time);
        _runaways = new(stopwatch ?? TimeProvider.System, loggers.CreateLogger<Runaways>());
        _threads = new(options.MaxConcurrentOrchestrations);
        _timers = new(time, _instances.Wake);
        _recovery = new(time, loggers.CreateLogger<Recovery>());
        _activities = new(options.MaxConcurrentActivities);
        _activityRunner = new(
            functions, options.Upgrades, store, _activities, _instances, _suspects, _inFlight, _held, _recovery, options.TestSwitches, time,
            loggers.CreateLogger<ActivityRunner>());
        _episodes = new(
            new OrchestratorRunner(functions, new OrchestrationExecutor(Payloads, loggers), _instances, _inFlight, _runaways),
            options.Upgrades, store, _instances, _held, _suspects, _failing, _timers, _activities, _signals, _recovery, time,
            loggers.CreateLogger<EpisodeRunner>());
        _retention = options.Retention is { } age ? new(store, _recovery, time, age, loggers.CreateLogger<Retention>()) : null;
    }

    /// <summary>How payloads become text.</summary>
    public DataConverter Payloads { get; }

    public TimeProvider Time => _time;

    /// <summary>What an instance is stamped with that is started without a version.</summary>
    public string DefaultVersion => _options.Upgrades.DefaultVersion;

    /// <summary>Whether the engine runs and its store can be written and read.</summary>
    public bool IsHealthy => _accepts && LastError is null;

    /// <summary>Why the store cannot be written or read, or the engine does not run; null when all is well.</summary>
    public string? LastError => _store.Health.LastError
        ?? (_firstToEnd is { IsCompleted: true, Result: var ended } ? $"A part of the engine has ended: {ended.Exception?.Message}" : null);

    /// <summary>Instances whose code has not come back for a minute, and keeps a thread.</summary>
    public IReadOnlyList<InstanceRecord> Runaways => _runaways.Found;

    /// <summary>Opens the store and takes up all work that is left in it. Once: a stopped engine is not started again.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_stopping.IsCancellationRequested || _accepts) throw new InvalidOperationException("An engine can be started once.");
        await _store.OpenAsync(cancellationToken);
        var stopping = _stopping.Token;
        await _suspects.LoadAsync(_inFlight.Open(), cancellationToken, stopping);
        await FindWorkAsync(cancellationToken);
        _runaways.Start();
        _accepts = true;
        List<Task> workers =
        [
            WorkAsync(_instances.Runnable.ReadAllAsync(stopping), _options.MaxConcurrentOrchestrations, _threads, _episodes.RunAsync),
            WorkAsync(_activities.TakeAllAsync(stopping), _options.MaxConcurrentActivities, TaskScheduler.Default, _activityRunner.RunAsync),
            _recovery.RunAsync(FindWorkAsync, stopping),
        ];
        if (_retention is not null) workers.Add(_retention.RunAsync(stopping));
        (_workers, _firstToEnd) = (Task.WhenAll(workers), Task.WhenAny(workers));
        LogStarted();

        async Task FindWorkAsync(CancellationToken token)
        {
            // Without new work perhaps nobody else writes, and nobody would notice that the storage works again. And what is read after
            // a write does not come from a cache. Only then is anything run: whether it is its own fault when it fails depends on that.
            if (!_store.Health.IsHealthy)
            {
                await _store.ProbeAsync();
                await Recovery.CheckAsync(_store, token);
                _store.Health.ReadsSucceed();
            }

            await Recovery.FindWorkAsync(_store, _timers, _activities, token);
            _signals.AllChanged();
        }

        Task WorkAsync<T>(IAsyncEnumerable<T> source, int concurrency, TaskScheduler threads, Func<T, CancellationToken, ValueTask> work) =>
            Parallel.ForEachAsync(
                source,
                new ParallelOptions { MaxDegreeOfParallelism = concurrency, TaskScheduler = threads, CancellationToken = stopping },
                (item, _) => work(item, stopping));
    }

    /// <summary>Accepts nothing more, cancels the activities' tokens, waits a while for what is under way, and closes the store.</summary>
    public async Task StopAsync()
    {
        if (!_accepts) return;
        _accepts = false;
        await _stopping.CancelAsync();
        await _workers.WaitAsync(_options.ShutdownGrace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_workers.IsCompleted) LogLeftBehind();
        await CloseAsync();
        LogStopped();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await CloseAsync();
        _stopping.Dispose();
    }

    private async Task CloseAsync()
    {
        _timers.Dispose();
        _runaways.Dispose();
        _threads.Dispose();
        _inFlight.Dispose();
        await _store.DisposeAsync();
    }

    [LoggerMessage(1, LogLevel.Information, "The orchestration engine has started")]
    private partial void LogStarted();

    [LoggerMessage(2, LogLevel.Information, "The orchestration engine has stopped")]
    private partial void LogStopped();

    [LoggerMessage(3, LogLevel.Warning, "Activities did not end in the time that the stop gives them; they run again at the next start")]
    private partial void LogLeftBehind();
}
