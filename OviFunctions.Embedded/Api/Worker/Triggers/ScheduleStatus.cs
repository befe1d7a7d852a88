namespace Microsoft.Azure.Functions.Worker;

/// <summary>Where a schedule stands; all times in UTC.</summary>
public class ScheduleStatus
{
    /// <summary>The last run; the default value when there was none.</summary>
    public DateTime Last { get; set; }

    /// <summary>The next run as it was expected when the status was written.</summary>
    public DateTime Next { get; set; }

    public DateTime LastUpdated { get; set; }
}
