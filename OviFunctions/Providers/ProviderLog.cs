using Microsoft.Extensions.Logging;

namespace OviFunctions.Providers;

/// <summary>What all providers write to the log.</summary>
/// <remarks>The provider's text stays out of it: a model's error may quote the prompt. It is kept in the job's record.</remarks>
internal static partial class ProviderLog
{
    public static void Submitted(this ILogger logger, string provider, SubmitResult result, TimeSpan elapsed)
    {
        var milliseconds = (long)elapsed.TotalMilliseconds;
        switch (result)
        {
            case SubmitResult.Accepted accepted:
                LogAccepted(logger, provider, accepted.Job.RequestId, milliseconds);
                break;
            case SubmitResult.Finished:
                LogFinished(logger, provider, milliseconds);
                break;
            case SubmitResult.Rejected rejected:
                LogRejected(logger, provider, rejected.Failure.Class, rejected.Failure.Code, milliseconds);
                break;
            case SubmitResult.Ambiguous ambiguous:
                LogAmbiguous(logger, provider, ambiguous.Reason, milliseconds);
                break;
        }
    }

    /// <summary>Writes that a job failed; nothing for any other result.</summary>
    public static void Read(this ILogger logger, string provider, ProviderJob job, ReadResult result)
    {
        if (result is ReadResult.Failed { Failure: var failure }) LogFailed(logger, provider, job.RequestId, failure.Class, failure.Code);
    }

    [LoggerMessage(3100, LogLevel.Information, "{Provider} accepted request {RequestId} in {Milliseconds} ms.")]
    private static partial void LogAccepted(ILogger logger, string provider, string requestId, long milliseconds);

    [LoggerMessage(3101, LogLevel.Warning, "{Provider} rejected a submit: {Class} {Code} ({Milliseconds} ms).")]
    private static partial void LogRejected(ILogger logger, string provider, FailureClass @class, string? code, long milliseconds);

    [LoggerMessage(3102, LogLevel.Error, "A submit to {Provider} has an unknown outcome and may cost money: {Reason} ({Milliseconds} ms).")]
    private static partial void LogAmbiguous(ILogger logger, string provider, string reason, long milliseconds);

    [LoggerMessage(3103, LogLevel.Warning, "{Provider} request {RequestId} failed: {Class} {Code}.")]
    private static partial void LogFailed(ILogger logger, string provider, string requestId, FailureClass @class, string? code);

    [LoggerMessage(3104, LogLevel.Information, "{Provider} answered a submit with the video in {Milliseconds} ms.")]
    private static partial void LogFinished(ILogger logger, string provider, long milliseconds);
}
