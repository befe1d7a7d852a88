using System.Text.Json;

namespace OviFunctions.Providers.Segmind;

/// <summary>What the answers to a read prove about a request of version 2.</summary>
internal static class SegmindReads
{
    /// <summary>The status URL answered; null when the request is completed and its output can be fetched.</summary>
    public static ReadResult? OfStatus(ProviderReply.Answer answer, string key, DateTimeOffset now)
    {
        if (!answer.IsSuccess) return OfError(answer, key, now);
        return ProviderJson.ParseObject(answer.Body)?.GetText("status") switch
        {
            "COMPLETED" => null,
            "FAILED" => JobFailed(answer, key),
            null => new ReadResult.Unavailable($"HTTP {answer.Status} without a status"),

            // QUEUED, PROCESSING, or something new: not over, as far as is known. The caller has a deadline.
            _ => new ReadResult.Running(),
        };
    }

    /// <summary>The request is completed, and its URL answered.</summary>
    public static ReadResult OfOutput(ProviderReply.Answer answer, string key, DateTimeOffset now)
    {
        if (!answer.IsSuccess) return OfError(answer, key, now);
        if (ProviderJson.ParseObject(answer.Body) is not { } body)
            return new ReadResult.Unavailable($"HTTP {answer.Status} without JSON from the response URL");
        if (body.GetText("status") == "FAILED") return JobFailed(answer, key);
        if (SegmindOutput.FindUrl(body) is { } url) return new ReadResult.Succeeded(new ProviderVideo(url, SegmindOutput.FindSeed(answer, body)));
        return body.GetText("status") is null or "COMPLETED"
            ? new ReadResult.Failed(new ProviderFailure(FailureClass.BadResult, null, "The output has no URL of a video."))
            : new ReadResult.Running();
    }

    /// <remarks>
    /// A failed job is a 422, and a record that is gone (an hour after the submit) a 404, both in JSON; a gateway's page says
    /// nothing of the job. Nor does a rate limit, an empty account or a refused key (401, 403, 406, 429): the job goes on.
    /// </remarks>
    private static ReadResult OfError(ProviderReply.Answer answer, string key, DateTimeOffset now) => answer.Status switch
    {
        422 when IsJson(answer) => JobFailed(answer, key),
        404 or 410 when IsJson(answer) => new ReadResult.Failed(SegmindError.Of(answer).ToFailure(FailureClass.ResultExpired, key)),
        _ => new ReadResult.Unavailable($"HTTP {answer.Status}", SegmindHeaders.RetryAfter(answer.Headers, now) ?? answer.RetryAfter),
    };

    private static ReadResult.Failed JobFailed(ProviderReply.Answer answer, string key)
    {
        var error = SegmindError.Of(answer);
        return new(error.ToFailure(error.OfJob, key));
    }

    private static bool IsJson(ProviderReply.Answer answer) => ProviderJson.ParseObject(answer.Body) is { ValueKind: JsonValueKind.Object };
}
