namespace OviFunctions.Embedded.Engine;

/// <summary>Tells those who wait for an instance that it changed, so that nobody has to poll.</summary>
internal sealed class InstanceSignals
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<TaskCompletionSource>> _waiting = new(StringComparer.Ordinal);

    /// <summary>Completed at the next change; ask for it before reading the instance, and forget it afterwards.</summary>
    public TaskCompletionSource NextChange(string instanceId)
    {
        var change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (!_waiting.TryGetValue(instanceId, out var waiting)) _waiting.Add(instanceId, waiting = []);
            waiting.Add(change);
        }

        return change;
    }

    /// <summary>Nobody waits for this change any more.</summary>
    public void Forget(string instanceId, TaskCompletionSource change)
    {
        lock (_gate)
        {
            if (_waiting.TryGetValue(instanceId, out var waiting) && waiting.Remove(change) && waiting.Count == 0)
                _waiting.Remove(instanceId);
        }
    }

    /// <summary>Of how many instances a change is waited for.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    public void Changed(string instanceId)
    {
        lock (_gate)
        {
            if (!_waiting.Remove(instanceId, out var waiting)) return;
            foreach (var change in waiting) change.SetResult();
        }
    }

    /// <summary>Anything may have changed.</summary>
    public void AllChanged()
    {
        lock (_gate)
        {
            foreach (var change in _waiting.Values.SelectMany(w => w)) change.SetResult();
            _waiting.Clear();
        }
    }
}
