using Microsoft.Extensions.Configuration;

namespace OviFunctions.Embedded.Hosting;

/// <summary>
/// The system's clock; for tests, some time ahead of it (<c>EmbeddedHost:TestSwitches:ClockAhead</c>), so that what happens
/// minutes after a crash can be seen at once. Timers take as long as ever.
/// </summary>
internal sealed class HostClock : TimeProvider
{
    private readonly TimeSpan _ahead;

    private HostClock(TimeSpan ahead) => _ahead = ahead;

    public static TimeProvider Create(IConfiguration configuration) =>
        configuration.GetValue<TimeSpan>(EmbeddedHostOptions.Section + ":TestSwitches:ClockAhead") is var ahead && ahead == TimeSpan.Zero
            ? System
            : new HostClock(ahead);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _ahead;
}
