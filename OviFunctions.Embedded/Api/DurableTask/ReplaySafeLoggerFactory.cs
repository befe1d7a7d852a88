using Microsoft.Extensions.Logging;

namespace Microsoft.DurableTask;

/// <summary>Loggers that drop what is logged while the orchestration is replaying.</summary>
internal sealed class ReplaySafeLoggerFactory(TaskOrchestrationContext context, ILoggerFactory loggers) : ILoggerFactory
{
    /// <summary>A context that wraps another may hand on the inner one's replay-safe factory; wrapping twice would be waste.</summary>
    private readonly ILoggerFactory _loggers = loggers is ReplaySafeLoggerFactory wrapped ? wrapped._loggers : loggers;

    public ILogger CreateLogger(string categoryName) => new ReplaySafeLogger(context, _loggers.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("Providers are added to the host's logging, not to the replay-safe logger factory.");

    public void Dispose()
    {
        // The wrapped factory belongs to the host.
    }

    private sealed class ReplaySafeLogger(TaskOrchestrationContext context, ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!context.IsReplaying) logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
