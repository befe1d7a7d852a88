namespace OviFunctions.Sales;

/// <summary>When a day's limits begin anew.</summary>
internal static class Midnight
{
    /// <summary>Whole seconds to the end of the day (UTC), at least 1.</summary>
    public static int SecondsToMidnight(this TimeProvider clock)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return (int)Math.Ceiling((now.Date.AddDays(1) - now).TotalSeconds);
    }
}
