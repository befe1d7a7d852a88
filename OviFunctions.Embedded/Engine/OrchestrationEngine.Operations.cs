using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// What may be done to instances from outside. A write goes on to its end even if the caller stops waiting, so that whatever was
/// committed also wakes its instance.
/// </summary>
internal sealed partial class OrchestrationEngine
{
    /// <exception cref="IntakeRefusedException">The engine drains, and the caller is no activity; or the storage fails, or too much waits.</exception>
    public async Task<CreateResult> CreateAsync(NewInstance instance, IReadOnlyCollection<OrchestrationRuntimeStatus> blocking)
    {
        ThrowIfNotRunning();
        if (_options.Drains && !ActivityRunner.IsCaller) return await RefuseAsync(instance, blocking);
        if (LastError is { } error) throw new IntakeRefusedException($"No orchestration is started while the storage fails: {error}");
        if (_instances.Runnable.Count + _activities.Count is var waiting && waiting >= _options.LargestBacklog)
            throw new IntakeRefusedException($"{waiting} instances and activities wait for their turn already. Try again later.");
        var result = await UseAsync(() => _store.CreateAsync(instance, blocking));
        if (!result.Created) return _options.TestSwitches.LosingStartSucceeds ? result with { Created = true } : result;
        _instances.Wake(result.Woken);
        _signals.Changed(instance.Id);
        return result;
    }

    public Task<Delivery> RaiseEventAsync(string instanceId, string eventName, string? payload) =>
        DeliverAsync(() => _store.RaiseEventAsync(instanceId, eventName, payload, _time.GetUtcNow()));

    public Task<Delivery> TerminateAsync(string instanceId, string? output, bool recursive) =>
        DeliverAsync(() => _store.TerminateAsync(instanceId, output, recursive, _time.GetUtcNow()));

    public Task<Delivery> SuspendAsync(string instanceId) => DeliverAsync(() => _store.SuspendAsync(instanceId, _time.GetUtcNow()));

    /// <summary>Ends a suspension; what is held is tried again.</summary>
    public Task<Delivery> ResumeAsync(string instanceId) => DeliverAsync(async () =>
    {
        var result = await _store.ResumeAsync(instanceId, _time.GetUtcNow());
        foreach (var key in result.Woken)
        {
            _suspects.Acquit(WorkItem.Episode(key));
            _failing.Forget(key);
            if (_held.Release(key)) _recovery.Request(); // finds its activities that were given up
        }

        return result;
    });

    public async Task<int> PurgeAsync(IReadOnlyCollection<string> instanceIds, bool recursive)
    {
        var purged = await UseAsync(() => _store.PurgeAsync(instanceIds, recursive));
        foreach (var id in instanceIds) _signals.Changed(id);
        return purged;
    }

    public Task<InstanceRecord?> GetAsync(string instanceId, bool withPayloads, CancellationToken cancellationToken) =>
        UseAsync(() => _store.GetAsync(instanceId, withPayloads, cancellationToken));

    public Task<IReadOnlyList<InstanceRecord>> QueryAsync(InstanceQuery query, CancellationToken cancellationToken) =>
        UseAsync(() => _store.QueryAsync(query, cancellationToken));

    /// <summary>Whether an instance runs or is to be started; not what is suspended, or held because its code is another release's.</summary>
    public async Task<bool> HasWorkAsync(CancellationToken cancellationToken)
    {
        for (long after = 0; await UseAsync(() => _store.ReadWakeUpsAsync(after, cancellationToken)) is [.., var last] page;
            after = last.InstanceKey)
        {
            if (page.Any(i => !_held.Contains(i.InstanceKey))) return true;
        }

        return false;
    }

    /// <summary>The instance as soon as it is as wanted; null if there is none.</summary>
    public async Task<InstanceRecord?> WaitAsync(
        string instanceId, bool withPayloads, Predicate<OrchestrationRuntimeStatus> wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = _signals.NextChange(instanceId);
            try
            {
                var instance = await GetAsync(instanceId, withPayloads, cancellationToken);
                if (instance is null || wanted(instance.Status)) return instance;
                await change.Task.WaitAsync(cancellationToken);
            }
            finally
            {
                _signals.Forget(instanceId, change);
            }
        }
    }

    /// <summary>Who repeats a start is still told that there is such an instance.</summary>
    private async Task<CreateResult> RefuseAsync(NewInstance instance, IReadOnlyCollection<OrchestrationRuntimeStatus> blocking)
    {
        if (await GetAsync(instance.Id, withPayloads: false, CancellationToken.None) is { } known && blocking.Contains(known.Status))
            return new(false, known.Status, []);
        throw new IntakeRefusedException("The host drains: it finishes what runs and starts nothing new.");
    }

    private async Task<Delivery> DeliverAsync(Func<Task<DeliveryResult>> write)
    {
        var result = await UseAsync(write);
        _instances.Wake(result.Woken);
        foreach (var id in result.Changed) _signals.Changed(id);
        return result.Delivery;
    }

    private async Task<T> UseAsync<T>(Func<Task<T>> store)
    {
        ThrowIfNotRunning();
        try
        {
            return await store();
        }
        catch (InstanceStoreException)
        {
            _recovery.Request();
            throw;
        }
    }

    private void ThrowIfNotRunning()
    {
        if (!_accepts) throw new InvalidOperationException("The orchestration engine is not running: not started yet, or stopped.");
    }
}
