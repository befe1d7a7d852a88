namespace OviFunctions.Configuration;

/// <summary>How a job goes through the accounts that would take it.</summary>
public enum RoutingPlan
{
    /// <summary>One after the other: the next when the one before has failed.</summary>
    Failover,

    /// <summary>The second beside the first when that takes long; the others after a failure.</summary>
    Hedge,

    /// <summary>All at once, as far as the price pays for them.</summary>
    Race,
}

/// <summary>How jobs are sent to providers.</summary>
public sealed class RoutingSettings
{
    [Setting("How a job goes through the providers: Failover, Hedge or Race.")]
    public RoutingPlan Plan { get; set; } = RoutingPlan.Failover;

    [Setting("For Hedge: seconds after which the second provider is asked too; what 95 of 100 jobs take at the first one when not set.", Min = 0, Max = 3600)]
    public double? HedgeDelaySeconds { get; set; }

    [Setting("What has to be left of a job's price after all of its submits to providers, in dollars; below zero, so much may be lost.", Min = -1000, Max = 1000)]
    public decimal MinMarginUsd { get; set; }
}
