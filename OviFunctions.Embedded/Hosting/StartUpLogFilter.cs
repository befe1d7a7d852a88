using Microsoft.Extensions.Logging;

namespace OviFunctions.Embedded.Hosting;

/// <summary>
/// Keeps the generic host's "Hosting failed to start", with its stack trace, out of the log: the exception is reported by
/// <see cref="EmbeddedHost"/>, or thrown.
/// </summary>
internal sealed class StartUpLogFilter
{
    private volatile bool _started;

    /// <summary>From here on the generic host's errors are logged.</summary>
    public void Started() => _started = true;

    public void AddTo(ILoggingBuilder logging) =>
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => _started && level >= LogLevel.Warning);
}
