namespace OviFunctions.Embedded.Engine;

/// <summary>Tells those who wait for an instance that it changed, so that nobody has to poll.</summary>
internal sealed class InstanceSignals
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);

    /// <summary>Completes at the next change; ask for it before reading the instance.</summary>
    public Task NextChange(string instanceId)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(instanceId, out var waiting))
                _waiting.Add(instanceId, waiting = new(TaskCreationOptions.RunContinuationsAsynchronously));
            return waiting.Task;
        }
    }

    public void Changed(string instanceId)
    {
        lock (_gate)
        {
            if (_waiting.Remove(instanceId, out var waiting)) waiting.SetResult();
        }
    }

    /// <summary>Anything may have changed.</summary>
    public void AllChanged()
    {
        lock (_gate)
        {
            foreach (var waiting in _waiting.Values) waiting.SetResult();
            _waiting.Clear();
        }
    }
}
