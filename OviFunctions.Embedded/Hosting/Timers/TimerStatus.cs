namespace OviFunctions.Embedded.Hosting.Timers;

/// <summary>Where a timer stands, as it is remembered over restarts.</summary>
/// <param name="Schedule">The expression that <paramref name="Next"/> was computed from.</param>
/// <param name="Last">The last run; null when there was none.</param>
/// <param name="Next">The run that comes next, or that was missed.</param>
/// <param name="LastUpdated">When this was written.</param>
internal sealed record TimerStatus(string Schedule, DateTimeOffset? Last, DateTimeOffset Next, DateTimeOffset LastUpdated);
