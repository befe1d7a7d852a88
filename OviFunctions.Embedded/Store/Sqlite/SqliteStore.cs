using Microsoft.DurableTask.Client;

namespace OviFunctions.Embedded.Store.Sqlite;

/// <summary>Instances in a SQLite file. Writes go through one thread, reads through a few read-only connections.</summary>
/// <param name="path">The database file; created if it does not exist.</param>
/// <param name="queueCapacity">How many writes may wait.</param>
/// <param name="onCommit">For fault tests.</param>
/// <param name="stopwatch">Tells how long a commit takes; null is this machine's.</param>
internal sealed class SqliteStore(
    string path, int queueCapacity = 1024, Action<CommitPhase>? onCommit = null, TimeProvider? stopwatch = null) : IInstanceStore
{
    private readonly ReaderWriterLockSlim _snapshots = new();
    private FileStream? _lock;
    private SqliteWriter? _writer;
    private SqliteReaders? _readers;

    public StoreHealth Health { get; } = new(stopwatch ?? TimeProvider.System);

    /// <exception cref="InstanceStoreException">The file is in use, is not ours, is damaged, or is from a newer release.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Run(Open, cancellationToken);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }

        void Open()
        {
            _lock = DatabaseFile.Lock(path);
            _writer = new SqliteWriter(DatabaseFile.OpenWriter(path), queueCapacity, Health, _snapshots, onCommit);
            _readers = new SqliteReaders(path, _snapshots, Health);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _readers?.Dispose();
        if (_writer is { } writer) await writer.DisposeAsync();
        _lock?.Dispose();
    }

    public Task<CreateResult> CreateAsync(NewInstance instance, IReadOnlyCollection<OrchestrationRuntimeStatus> blocking) =>
        Write(db => InstanceCommands.Create(db, instance, blocking), isNewWork: true);

    public Task<DeliveryResult> RaiseEventAsync(string instanceId, string eventName, string? payload, DateTimeOffset at) =>
        Write(db => InstanceCommands.RaiseEvent(db, instanceId, eventName, payload, at));

    public Task<DeliveryResult> TerminateAsync(string instanceId, string? output, bool recursive, DateTimeOffset at) =>
        Write(db => InstanceCommands.Terminate(db, instanceId, output, recursive, at));

    public Task<DeliveryResult> SuspendAsync(string instanceId, DateTimeOffset at) =>
        Write(db => InstanceCommands.Suspend(db, instanceId, at));

    public Task<DeliveryResult> ResumeAsync(string instanceId, DateTimeOffset at) =>
        Write(db => InstanceCommands.Resume(db, instanceId, at));

    public Task<HeldInstance?> HoldAsync(long instanceKey, string why) => Write(db => InstanceCommands.Hold(db, instanceKey, why));

    public Task CountCrashesAsync(IReadOnlyCollection<WorkItem> work) => Write(db => CrashCounts.Increment(db, work));

    public Task<EpisodeResult> CompleteEpisodeAsync(EpisodeCommit episode) => Write(db => EpisodeCommand.Complete(db, episode));

    public Task<bool> CompleteActivityAsync(long activityId, TaskOutcome outcome, DateTimeOffset at) =>
        Write(db => InstanceCommands.CompleteActivity(db, activityId, outcome, at));

    public Task<int> PurgeAsync(IReadOnlyCollection<string> instanceIds, bool recursive) =>
        Write(db => InstanceCommands.Purge(db, instanceIds, recursive));

    public Task<int> PurgeCompletedAsync(DateTimeOffset before, int limit) =>
        Write(db => InstanceCommands.PurgeCompleted(db, before, limit));

    /// <summary>In two commits: what is written and deleted in one never reaches the file.</summary>
    public async Task ProbeAsync()
    {
        await Write(InstanceCommands.WriteProbe);
        await Write(InstanceCommands.DeleteProbe);
    }

    public Task<InstanceRecord?> GetAsync(string instanceId, bool withPayloads, CancellationToken cancellationToken) =>
        Read(db => InstanceQueries.Get(db, instanceId, withPayloads), cancellationToken);

    public Task<IReadOnlyList<InstanceRecord>> QueryAsync(InstanceQuery query, CancellationToken cancellationToken) =>
        Read(db => InstanceQueries.Query(db, query), cancellationToken);

    public Task<InstanceWork?> LoadAsync(long instanceKey, CancellationToken cancellationToken) =>
        Read(db => InstanceQueries.Load(db, instanceKey), cancellationToken);

    public Task<ActivityRecord?> GetActivityAsync(long activityId, CancellationToken cancellationToken) =>
        Read(db => InstanceQueries.GetActivity(db, activityId), cancellationToken);

    public Task<IReadOnlyList<WakeUp>> ReadWakeUpsAsync(long afterKey, CancellationToken cancellationToken) =>
        Read(db => InstanceQueries.WakeUps(db, afterKey), cancellationToken);

    public Task<IReadOnlyDictionary<WorkItem, int>> ReadCrashesAsync(int atLeast, CancellationToken cancellationToken) =>
        Read(db => CrashCounts.Read(db, atLeast), cancellationToken);

    public Task<IReadOnlyList<OpenActivity>> ReadActivitiesAsync(long afterId, CancellationToken cancellationToken) =>
        Read(db => InstanceQueries.Activities(db, afterId), cancellationToken);

    private Task<T> Write<T>(Func<SqliteConnection, T> body, bool isNewWork = false) =>
        (_writer ?? throw new InvalidOperationException("The store is not open.")).WriteAsync(body, isNewWork);

    private Task<T> Read<T>(Func<SqliteConnection, T> body, CancellationToken cancellationToken) =>
        (_readers ?? throw new InvalidOperationException("The store is not open.")).ReadAsync(body, cancellationToken);
}
