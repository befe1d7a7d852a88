using Microsoft.DurableTask;

namespace OviFunctions.Orchestrations;

/// <summary>When an event can be sent to a sub-orchestration.</summary>
internal static class EventTiming
{
    /// <summary>Enough for one that was asked for to be there.</summary>
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(1);

    /// <summary>An engine may deliver an event before a start that was asked for in the same turn, and then drops it: waits when that is so.</summary>
    /// <param name="context">The orchestration that sends.</param>
    /// <param name="started">When the last of those that are told was asked for.</param>
    public static Task AfterStartAsync(this TaskOrchestrationContext context, DateTime started) =>
        started == context.CurrentUtcDateTime ? context.CreateTimer(StartTime, CancellationToken.None) : Task.CompletedTask;
}
