using Microsoft.Extensions.Logging;

namespace OviFunctions.Embedded.Hosting;

/// <summary>Keeps out of the log what <see cref="EmbeddedHost"/> and <see cref="EmbeddedHostService"/> say better.</summary>
internal sealed class StartUpLogFilter
{
    private volatile bool _started;

    /// <summary>From here on the generic host's errors are logged.</summary>
    public void Started() => _started = true;

    public void AddTo(ILoggingBuilder logging)
    {
        // "Hosting failed to start", with a stack trace: the exception is reported, or thrown.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => _started && level >= LogLevel.Warning);
        // "Now listening on", "Application started".
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
    }
}
