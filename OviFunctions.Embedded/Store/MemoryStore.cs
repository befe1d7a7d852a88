using Microsoft.DurableTask.Client;

namespace OviFunctions.Embedded.Store;

/// <summary>A store without a file, for tests and trials: everything is gone with the process.</summary>
internal sealed class MemoryStore(Action<CommitPhase>? onCommit = null, TimeProvider? stopwatch = null) : IInstanceStore
{
    private readonly Lock _gate = new();
    private readonly MemoryTables _tables = new();

    public StoreHealth Health { get; } = new(stopwatch ?? TimeProvider.System);

    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public Task<CreateResult> CreateAsync(NewInstance instance, IReadOnlyCollection<OrchestrationRuntimeStatus> blocking) => Write(() =>
    {
        var woken = new List<long>();
        if (_tables.Find(instance.Id) is { } old)
        {
            if (blocking.Contains(old.Record.Status)) return new CreateResult(false, old.Record.Status, []);
            if (!old.Record.Status.IsFinished()) _tables.Terminate(old, null, instance.CreatedAt, woken);
            _tables.Delete(old);
        }

        woken.Add(_tables.Add(instance, null).Record.Key);
        return new CreateResult(true, null, woken);
    });

    public Task<DeliveryResult> RaiseEventAsync(string instanceId, string eventName, string? payload, DateTimeOffset at) =>
        Deliver(instanceId, instance =>
        {
            _tables.Append(instance, HistoryEvent.Raised(eventName, payload), at);
            return new DeliveryResult(Delivery.Accepted, [instance.Record.Key], []);
        });

    public Task<DeliveryResult> TerminateAsync(string instanceId, string? output, bool recursive, DateTimeOffset at) =>
        Deliver(instanceId, instance =>
        {
            var woken = new List<long>();
            var ended = recursive ? _tables.WithDescendants(instance).Where(i => !i.Record.Status.IsFinished()).ToArray() : [instance];
            foreach (var each in ended) _tables.Terminate(each, output, at, woken);
            return new DeliveryResult(Delivery.Accepted, woken, [.. ended.Select(i => i.Record.Id)]);
        });

    public Task<DeliveryResult> SuspendAsync(string instanceId, DateTimeOffset at) => Deliver(instanceId, instance =>
    {
        instance.Record = instance.Record with { Status = OrchestrationRuntimeStatus.Suspended, UpdatedAt = at };
        return new DeliveryResult(Delivery.Accepted, [], [instanceId]);
    });

    public Task<DeliveryResult> ResumeAsync(string instanceId, DateTimeOffset at) => Deliver(instanceId, instance =>
    {
        if (instance.Record.Status == OrchestrationRuntimeStatus.Suspended)
        {
            var status = instance.Record.TurnAt is null ? OrchestrationRuntimeStatus.Pending : OrchestrationRuntimeStatus.Running;
            instance.Record = instance.Record with { Status = status, UpdatedAt = at };
        }

        instance.Record = instance.Record with { Held = null, Crashes = 0 };
        return new DeliveryResult(Delivery.Accepted, [instance.Record.Key], [instanceId]);
    });

    public Task<HeldInstance?> HoldAsync(long instanceKey, string why) => Write(() =>
    {
        if (_tables.Find(instanceKey) is not { } instance || instance.Record.Status.IsFinished()) return null;
        instance.Record = instance.Record with { Held = why };
        return new HeldInstance(instance.Record.Id, instance.Record.Name);
    });

    public Task CountCrashesAsync(IReadOnlyCollection<WorkItem> work) => Write(() =>
    {
        foreach (var (isActivity, id) in work)
        {
            if (isActivity && _tables.Activities.TryGetValue(id, out var activity))
                _tables.Activities[id] = activity with { Crashes = activity.Crashes + 1 };
            else if (!isActivity && _tables.Find(id) is { } instance && !instance.Record.Status.IsFinished())
                instance.Record = instance.Record with { Crashes = instance.Record.Crashes + 1 };
        }

        return true;
    });

    public Task<EpisodeResult> CompleteEpisodeAsync(EpisodeCommit episode) => Write(() =>
    {
        if (_tables.Find(episode.InstanceKey) is not { } instance
            || instance.Record.Status.IsFinished()
            || instance.Record.Execution != episode.Execution
            || instance.Record.NextSequence != episode.Sequence) return EpisodeResult.Superseded;

        var woken = new List<long>();
        instance.Record = instance.Record with
        {
            Status = instance.Record.Status == OrchestrationRuntimeStatus.Suspended
                ? OrchestrationRuntimeStatus.Suspended : OrchestrationRuntimeStatus.Running,
            Held = null,
            Crashes = 0,
            NextSequence = episode.Sequence + 1,
            TurnAt = episode.TurnAt,
            UpdatedAt = episode.TurnAt,
            CustomStatus = episode.SetsCustomStatus ? episode.CustomStatus : instance.Record.CustomStatus,
        };
        instance.Turns.Add(episode.Turn);
        instance.Inbox.RemoveAll(m => episode.ConsumedMessages.Contains(m.Id));
        foreach (var taskId in episode.ClosedTimers) instance.Timers.Remove(taskId);
        foreach (var timer in episode.Timers) instance.Timers.Add(timer.TaskId, timer);
        var activities = episode.Activities.Select(a => _tables.Add(instance, a)).ToArray();
        foreach (var e in episode.Events) _tables.Send(e, episode.TurnAt, woken);
        foreach (var child in episode.Children) _tables.Start(instance, child, episode.TurnAt, woken);
        if (episode.End is { } end) _tables.End(instance, end, episode.TurnAt, woken);
        return new EpisodeResult(true, activities, woken);
    });

    public Task<bool> CompleteActivityAsync(long activityId, TaskOutcome outcome, DateTimeOffset at) => Write(() =>
    {
        if (!_tables.Activities.Remove(activityId, out var activity)) return false;
        _tables.Append(_tables.Find(activity.InstanceKey)!, HistoryEvent.Completed(activity.TaskId, outcome), at);
        return true;
    });

    public Task<int> PurgeAsync(IReadOnlyCollection<string> instanceIds, bool recursive) => Write(() =>
    {
        var purged = instanceIds.Select(_tables.Find).OfType<MemoryInstance>().Where(i => i.Record.Status.IsFinished())
            .SelectMany(i => recursive ? _tables.WithDescendants(i) : [i]).Where(i => i.Record.Status.IsFinished()).Distinct().ToArray();
        foreach (var instance in purged) _tables.Delete(instance);
        return purged.Length;
    });

    public Task<int> PurgeCompletedAsync(DateTimeOffset before, int limit) => Write(() =>
    {
        var purged = _tables.All.Where(i => i.Record.Status == OrchestrationRuntimeStatus.Completed && i.Record.UpdatedAt < before)
            .OrderBy(i => i.Record.UpdatedAt).Take(limit).ToArray();
        foreach (var instance in purged) _tables.Delete(instance);
        return purged.Length;
    });

    public Task ProbeAsync() => Write(() => true);

    public Task<InstanceRecord?> GetAsync(string instanceId, bool withPayloads, CancellationToken cancellationToken) =>
        Read(() => _tables.Find(instanceId) is { } instance ? Shown(instance.Record, withPayloads) : null);

    public Task<IReadOnlyList<InstanceRecord>> QueryAsync(InstanceQuery query, CancellationToken cancellationToken) =>
        Read(() => InstanceLoad.Page(_tables.All
            .Select(i => i.Record)
            .Where(r => query.IdPrefix is null || r.Id.StartsWith(query.IdPrefix, StringComparison.Ordinal))
            .Where(r => query.AfterId is null || string.CompareOrdinal(r.Id, query.AfterId) > 0)
            .Where(r => !(r.CreatedAt < query.CreatedFrom) && !(r.CreatedAt > query.CreatedTo))
            .Where(r => query.Statuses is null || query.Statuses.Contains(r.Status))
            .Where(r => query.IsHeld is null || query.IsHeld == r.Held is not null)
            .Take(query.Limit)
            .Select(r => Shown(r, query.WithPayloads))));

    public Task<InstanceWork?> LoadAsync(long instanceKey, CancellationToken cancellationToken) =>
        Read(() => _tables.Find(instanceKey) is not { } instance ? null : InstanceLoad.Read(
            instance.Record,
            instance.Turns,
            instance.Payloads.ExceptBy(instance.Inbox.Select(m => m.Event.PayloadId), p => p.Key),
            instance.Inbox,
            instance.Timers.Values));

    public Task<ActivityRecord?> GetActivityAsync(long activityId, CancellationToken cancellationToken) =>
        Read(() => _tables.Activities.GetValueOrDefault(activityId));

    public Task<IReadOnlyList<WakeUp>> ReadWakeUpsAsync(long afterKey, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<WakeUp>>(() => [.. _tables.All
            .Where(i => i.Record.Key > afterKey)
            .Where(i => i.Record.Status is OrchestrationRuntimeStatus.Pending or OrchestrationRuntimeStatus.Running)
            .OrderBy(i => i.Record.Key)
            .Take(InstanceStore.PageLimit)
            .Select(i => new WakeUp(i.Record.Key, i.DueAt()))]);

    public Task<IReadOnlyDictionary<WorkItem, int>> ReadCrashesAsync(int atLeast, CancellationToken cancellationToken) =>
        Read<IReadOnlyDictionary<WorkItem, int>>(() => _tables.All.Select(i => (Work: WorkItem.Episode(i.Record.Key), i.Record.Crashes))
            .Concat(_tables.Activities.Values.Select(a => (Work: WorkItem.Activity(a.Id), a.Crashes)))
            .Where(c => c.Crashes >= atLeast)
            .OrderByDescending(c => c.Crashes)
            .Take(InstanceStore.PageLimit)
            .ToDictionary(c => c.Work, c => c.Crashes));

    public Task<IReadOnlyList<OpenActivity>> ReadActivitiesAsync(long afterId, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<OpenActivity>>(() => [.. _tables.Activities.Values
            .Where(a => a.Id > afterId)
            .Take(InstanceStore.PageLimit)
            .Select(a => new OpenActivity(a.Id, a.InstanceKey))]);

    private static InstanceRecord Shown(InstanceRecord record, bool withPayloads) =>
        withPayloads ? record : record with { Input = null, Output = null, CustomStatus = null };

    private Task<DeliveryResult> Deliver(string instanceId, Func<MemoryInstance, DeliveryResult> deliver) => Write(() =>
        _tables.Find(instanceId) is not { } instance ? DeliveryResult.Unknown
        : instance.Record.Status.IsFinished() ? DeliveryResult.Finished
        : deliver(instance));

    private Task<T> Read<T>(Func<T> read)
    {
        lock (_gate) return Task.FromResult(read());
    }

    private Task<T> Write<T>(Func<T> transaction)
    {
        try
        {
            T result;
            lock (_gate)
            {
                Health.CommitBegins();
                onCommit?.Invoke(CommitPhase.Before);
                result = Run(transaction);
                onCommit?.Invoke(CommitPhase.After);
            }

            Health.CommitEnded(null);
            return Task.FromResult(result);
        }
        catch (InstanceStoreException e)
        {
            Health.CommitEnded(null);
            return Task.FromException<T>(e);
        }
        catch (Exception e)
        {
            Health.CommitEnded(e);
            return Task.FromException<T>(new InstanceStoreException($"The memory store could not commit: {e.Message}", e));
        }
    }

    private static T Run<T>(Func<T> transaction)
    {
        try
        {
            return transaction();
        }
        catch (Exception e)
        {
            throw new InstanceStoreException($"A write to the memory store failed: {e.Message}", e) { IsOfOneWrite = true };
        }
    }
}
