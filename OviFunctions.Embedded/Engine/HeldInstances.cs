using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Instances that this process must not run: of a version that does not match, parked because their replay differed from their history,
/// or poison. They keep their state, and what arrives waits in their inbox. The next process tries each again, but for those that took
/// too many with them: these the operator resumes.
/// </summary>
internal sealed partial class HeldInstances(IInstanceStore store, ILogger<HeldInstances> logger)
{
    private readonly ConcurrentDictionary<long, string> _reasons = new();

    public bool Contains(long key) => _reasons.ContainsKey(key);

    /// <summary>It is to be tried again. False: it was not held.</summary>
    public bool Release(long key) => _reasons.TryRemove(key, out _);

    public async Task HoldForVersionAsync(long key, string why)
    {
        if (await HoldAsync(key, why) is { } instance) LogWaits(instance.Name, instance.Id, why);
    }

    public async Task ParkAsync(long key, string why)
    {
        if (await HoldAsync(key, why) is { } instance) LogParked(instance.Name, instance.Id, why);
    }

    public async Task HoldForCrashesAsync(long key, int crashes)
    {
        if (Contains(key)) return;
        var why = string.Create(
            CultureInfo.InvariantCulture,
            $"An episode of it was under way {crashes} times when the process died. Mend the orchestrator, then resume the instance.");
        if (await HoldAsync(key, why) is { } instance) LogPoison(instance.Name, instance.Id, why);
    }

    public async Task HoldForFailuresAsync(long key, Exception failure)
    {
        var why = string.Create(
            CultureInfo.InvariantCulture,
            $"The engine failed {FailingInstances.Limit} times in a row with an episode or an activity of it. {failure.GetType().FullName}: {failure.Message}");
        if (await HoldAsync(key, why) is { } instance) LogPoison(instance.Name, instance.Id, why);
    }

    /// <summary>An episode of it that was under way when one of its activities had it held has taken the note away.</summary>
    public async Task NoteAgainAsync(long key)
    {
        if (_reasons.TryGetValue(key, out var why)) await store.HoldAsync(key, why);
    }

    /// <summary>
    /// Which instance it is; null: it is gone, or finished. While the storage fails no instance is held; one that damage keeps from being
    /// noted is.
    /// </summary>
    private async Task<HeldInstance?> HoldAsync(long key, string why)
    {
        _reasons[key] = why; // before the note: who takes that back releases the key after it
        try
        {
            return await store.HoldAsync(key, why);
        }
        catch (InstanceStoreException e) when (!e.IsOfStorage)
        {
            LogNotNoted(e, key, why);
            return null;
        }
        catch
        {
            Release(key);
            throw;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Orchestrator {Orchestrator} (instance {InstanceId}) waits for another release of the app: {Reason}")]
    private partial void LogWaits(string orchestrator, string instanceId, string reason);

    [LoggerMessage(2, LogLevel.Critical,
        "Orchestrator {Orchestrator} (instance {InstanceId}) is parked. It keeps its state; start a release whose code agrees with its "
        + "history, such as the last one. {Reason}")]
    private partial void LogParked(string orchestrator, string instanceId, string reason);

    [LoggerMessage(3, LogLevel.Critical, "Orchestrator {Orchestrator} (instance {InstanceId}) is not run any more. {Reason}")]
    private partial void LogPoison(string orchestrator, string instanceId, string reason);

    [LoggerMessage(4, LogLevel.Critical, "The instance with key {InstanceKey} is not run any more, which could not be noted. {Reason}")]
    private partial void LogNotNoted(Exception exception, long instanceKey, string reason);
}
