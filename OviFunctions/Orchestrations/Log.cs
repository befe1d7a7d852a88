using Microsoft.Extensions.Logging;

namespace OviFunctions.Orchestrations;

/// <summary>Log messages of orchestrations; written through the replay-safe logger.</summary>
internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Error, "Job {JobId} ends because the activity {Activity} kept failing.")]
    public static partial void JobBroke(this ILogger logger, string jobId, string activity);

    [LoggerMessage(3002, LogLevel.Error,
        "The attempt of job {JobId} in lane {Lane} at {Provider} ends because one of its activities kept failing.")]
    public static partial void AttemptBroke(this ILogger logger, string jobId, int lane, string provider);

    [LoggerMessage(3003, LogLevel.Warning, "A job of {JobId} could not be cancelled at {Provider}; it may finish there and be billed.")]
    public static partial void CancelBroke(this ILogger logger, string jobId, string provider);

    [LoggerMessage(3004, LogLevel.Error, "The webhook {EventType} of job {JobId} could not be started; the job goes on.")]
    public static partial void HookNotStarted(this ILogger logger, string jobId, string eventType);

    [LoggerMessage(3006, LogLevel.Warning, "The end of lane {Lane} of job {JobId} at {Provider} was not counted; the job goes on.")]
    public static partial void EndNotCounted(this ILogger logger, string jobId, int lane, string provider);

    [LoggerMessage(3005, LogLevel.Warning,
        "Job {JobId} may have cost {SpentUsd} of the {CapUsd} dollars that its price leaves for providers; {Provider} is not asked any more.")]
    public static partial void CapReached(this ILogger logger, string jobId, decimal spentUsd, decimal? capUsd, string provider);
}
