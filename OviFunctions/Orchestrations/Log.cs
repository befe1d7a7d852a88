using Microsoft.Extensions.Logging;

namespace OviFunctions.Orchestrations;

/// <summary>Log messages of orchestrations; written through the replay-safe logger.</summary>
internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Error, "Job {JobId} ends because the activity {Activity} kept failing.")]
    public static partial void JobBroke(this ILogger logger, string jobId, string activity);
}
