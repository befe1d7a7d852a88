using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Instances that this process's code must not run: of a version that does not match, or parked because their replay differed from
/// their history. They keep their state, and what arrives waits in their inbox. The next process tries each again.
/// </summary>
internal sealed partial class HeldInstances(IInstanceStore store, ILogger<HeldInstances> logger)
{
    private readonly ConcurrentDictionary<long, byte> _keys = new();

    public bool Contains(long key) => _keys.ContainsKey(key);

    public async Task HoldForVersionAsync(InstanceRecord instance, string why)
    {
        await HoldAsync(instance, why);
        LogWaits(instance.Name, instance.Id, why);
    }

    public async Task ParkAsync(InstanceRecord instance, string why)
    {
        await HoldAsync(instance, why);
        LogParked(instance.Name, instance.Id, why);
    }

    private async Task HoldAsync(InstanceRecord instance, string why)
    {
        await store.HoldAsync(instance.Key, why);
        _keys.TryAdd(instance.Key, default);
    }

    [LoggerMessage(1, LogLevel.Warning, "Orchestrator {Orchestrator} (instance {InstanceId}) waits for another release of the app: {Reason}")]
    private partial void LogWaits(string orchestrator, string instanceId, string reason);

    [LoggerMessage(2, LogLevel.Critical,
        "Orchestrator {Orchestrator} (instance {InstanceId}) is parked. It keeps its state; start a release whose code agrees with its "
        + "history, such as the last one. {Reason}")]
    private partial void LogParked(string orchestrator, string instanceId, string reason);
}
