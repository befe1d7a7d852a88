using DurableTask.Core.Exceptions;
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
        catch (OrchestrationAlreadyExistsException)
        {
            return false;
        }
    }

    /// <summary>Starts an instance in the place of one that has failed or was terminated.</summary>
    /// <returns>Whether the engine says that this call started it; false when one of that id runs.</returns>
    public static async Task<bool> TryReplaceFailedAsync(
        this DurableTaskClient client, string orchestrator, string instanceId, object input, CancellationToken cancellationToken)
    {
        var options = new StartOrchestrationOptions(instanceId).WithDedupeStatuses([.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses
            .Except([OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated])]);
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(orchestrator, input, options, cancellationToken);
            return true;
        }
        catch (OrchestrationAlreadyExistsException)
        {
            return false;
        }
    }

    /// <summary>Raises an event.</summary>
    /// <remarks>
    /// What the engines say of an event for nobody depends on the host, its version, its storage provider and its settings
    /// (NotFound, FailedPrecondition, "Exception was thrown by handler", or nothing at all), and some of it is also said of
    /// other trouble. So the instance is looked up: before, and again when the engine refuses.
    /// </remarks>
    public static async Task<EventDelivery> TryRaiseEventAsync(
        this DurableTaskClient client, string instanceId, string eventName, object payload, CancellationToken cancellationToken)
    {
        if (await client.FindObstacleAsync(instanceId, cancellationToken) is { } known) return known;
        try
        {
            await client.RaiseEventAsync(instanceId, eventName, payload, cancellationToken);
            return EventDelivery.Delivered;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (await client.FindObstacleAsync(instanceId, cancellationToken) is { } since) return since;
            throw;
        }
    }

    private static async Task<EventDelivery?> FindObstacleAsync(
        this DurableTaskClient client, string instanceId, CancellationToken cancellationToken) =>
        await client.GetInstanceAsync(instanceId, getInputsAndOutputs: false, cancellationToken) switch
        {
            null => EventDelivery.Unknown,
            { IsCompleted: true } => EventDelivery.Finished,
            _ => null,
        };
}
