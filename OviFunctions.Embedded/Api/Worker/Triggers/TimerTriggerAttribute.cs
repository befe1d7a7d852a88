using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Starts the function on a schedule: an NCRONTAB expression (with seconds: six fields), in UTC, or <c>%Setting%</c>.</summary>
public sealed class TimerTriggerAttribute(string schedule) : TriggerBindingAttribute
{
    public string Schedule { get; } = schedule;

    /// <summary>Remembers runs, so that one which was missed is made up for at the next start. Off for schedules below a minute.</summary>
    public bool UseMonitor { get; set; } = true;

    /// <summary>Also runs the function when the host starts.</summary>
    public bool RunOnStartup { get; set; }
}
