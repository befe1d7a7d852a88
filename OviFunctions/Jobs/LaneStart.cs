namespace OviFunctions.Jobs;

/// <summary>When a job's attempt at a provider begins. When no other attempt is left it begins at once, whatever its condition.</summary>
public enum LaneStart
{
    /// <summary>With the job.</summary>
    AtOnce,

    /// <summary>When nobody has delivered so long after the start of the attempt before it.</summary>
    AfterDelay,

    /// <summary>When an attempt before it has failed.</summary>
    AfterFailure,
}
