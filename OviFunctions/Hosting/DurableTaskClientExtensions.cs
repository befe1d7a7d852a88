using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace OviFunctions.Hosting;

/// <summary>How raising an event ended.</summary>
internal enum EventDelivery
{
    Delivered,

    /// <summary>There is no such instance (yet).</summary>
    Unknown,

    /// <summary>The instance is finished; the event has nobody to tell.</summary>
    Finished,
}

/// <summary>The engine calls whose expected refusals are results.</summary>
internal static class DurableTaskClientExtensions
{
    /// <summary>
    /// Starts an instance unless one of that id exists in any state, finished ones included: by default a finished
    /// instance would be replaced in silence.
    /// </summary>
    /// <returns>
    /// Whether the engine says that this call started it. That is a claim, not proof: the Azure Storage engine can tell
    /// two simultaneous starters that both succeeded, so callers read the instance back.
    /// </returns>
    public static async Task<bool> TryStartAsync(
        this DurableTaskClient client, string orchestrator, string instanceId, object input, CancellationToken cancellationToken)
    {
        var options = new StartOrchestrationOptions(instanceId)
            .WithDedupeStatuses([.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(orchestrator, input, options, cancellationToken);
            return true;
        }
        catch (Exception e) when (EngineErrors.Classify(e) == EngineError.Exists)
        {
            return false;
        }
    }

    /// <summary>Raises an event.</summary>
    public static async Task<EventDelivery> TryRaiseEventAsync(
        this DurableTaskClient client, string instanceId, string eventName, object payload, CancellationToken cancellationToken)
    {
        // Not every storage provider of the Functions host refuses such events; some drop them in silence.
        var instance = await client.GetInstanceAsync(instanceId, getInputsAndOutputs: false, cancellationToken);
        if (instance is null) return EventDelivery.Unknown;
        if (instance.IsCompleted) return EventDelivery.Finished;
        try
        {
            await client.RaiseEventAsync(instanceId, eventName, payload, cancellationToken);
            return EventDelivery.Delivered;
        }
        catch (Exception e) when (EngineErrors.Classify(e) is EngineError.Unknown or EngineError.Finished)
        {
            return EngineErrors.Classify(e) == EngineError.Unknown ? EventDelivery.Unknown : EventDelivery.Finished;
        }
    }
}
