namespace Microsoft.DurableTask.Client;

/// <summary>Where an orchestration instance stands.</summary>
public enum OrchestrationRuntimeStatus
{
    /// <summary>Started, and neither finished nor suspended.</summary>
    Running = 0,

    /// <summary>The orchestrator returned.</summary>
    Completed = 1,

    [Obsolete("The ContinuedAsNew status is obsolete and exists only for compatibility reasons.")]
    ContinuedAsNew = 2,

    /// <summary>The orchestrator threw, or its code does not fit its history.</summary>
    Failed = 3,

    [Obsolete("The Canceled status is not currently used and exists only for compatibility reasons.")]
    Canceled = 4,

    /// <summary>Ended from outside.</summary>
    Terminated = 5,

    /// <summary>Created, not yet run.</summary>
    Pending = 6,

    /// <summary>Nothing happens until it is resumed or terminated.</summary>
    Suspended = 7,
}
