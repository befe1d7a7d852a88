using Microsoft.Extensions.Logging;

namespace OviFunctions.Providers.Fal;

// The provider's text stays out of the log: a model's error may quote the prompt. It is kept in the job's record.
public sealed partial class FalProvider
{
    private void Log(SubmitResult result, TimeSpan elapsed)
    {
        var milliseconds = (long)elapsed.TotalMilliseconds;
        switch (result)
        {
            case SubmitResult.Accepted accepted:
                LogAccepted(Name, accepted.Job.RequestId, milliseconds);
                break;
            case SubmitResult.Rejected rejected:
                LogRejected(Name, rejected.Failure.Class, rejected.Failure.Code, milliseconds);
                break;
            case SubmitResult.Ambiguous ambiguous:
                LogAmbiguous(Name, ambiguous.Reason, milliseconds);
                break;
        }
    }

    [LoggerMessage(3100, LogLevel.Information, "{Provider} accepted request {RequestId} in {Milliseconds} ms.")]
    private partial void LogAccepted(string provider, string requestId, long milliseconds);

    [LoggerMessage(3101, LogLevel.Warning, "{Provider} rejected a submit: {Class} {Code} ({Milliseconds} ms).")]
    private partial void LogRejected(string provider, FailureClass @class, string? code, long milliseconds);

    [LoggerMessage(3102, LogLevel.Error, "A submit to {Provider} has an unknown outcome and may cost money: {Reason} ({Milliseconds} ms).")]
    private partial void LogAmbiguous(string provider, string reason, long milliseconds);

    [LoggerMessage(3103, LogLevel.Warning, "{Provider} request {RequestId} failed: {Class} {Code}.")]
    private partial void LogFailed(string provider, string requestId, FailureClass @class, string? code);
}
