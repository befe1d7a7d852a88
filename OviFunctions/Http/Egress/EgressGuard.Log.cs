using Microsoft.Extensions.Logging;

namespace OviFunctions.Http.Egress;

public sealed partial class EgressGuard
{
    private EgressResult Note(EgressPurpose purpose, Uri? url, EgressResult result)
    {
        // The host alone: paths and queries carry tokens and signatures.
        if (result is EgressResult.Refused refused) LogRefused(purpose, url?.IdnHost, refused.Reason);
        if (result is EgressResult.Failed failed) LogFailed(purpose, url?.IdnHost, failed.Reason, failed.Status);
        return result;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Purpose} URL refused by rule {Rule}, host {Host}")]
    private partial void LogRefused(EgressPurpose purpose, string? host, EgressRefusal rule);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Purpose} URL failed, host {Host}: {Reason} {Status}")]
    private partial void LogFailed(EgressPurpose purpose, string? host, EgressFailure reason, int? status);
}
