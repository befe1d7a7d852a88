namespace OviFunctions.Providers.Fal;

/// <summary>What the answers to a read prove about a job.</summary>
/// <remarks>
/// The result URL repeats the model's own answer, status and all, so a 4xx or 5xx there is one of two things: the
/// model's error, or trouble on the way to it. Only the first is a failed job; taking the second for one has cost
/// others half of their finished clips, so what is not clearly the model's is read again until the caller's deadline.
/// </remarks>
internal static class FalReads
{
    /// <summary>The status URL answered with an error.</summary>
    /// <remarks>
    /// Only "not found" speaks of the job, and only in JSON: a gateway's 404 page does not. A locked account or a
    /// rate limit (401, 403, 429) says nothing of a job that fal may still be working on and billing.
    /// </remarks>
    public static ReadResult OfRefusedStatus(ProviderReply.Answer answer, string key) =>
        IsGone(answer) ? new ReadResult.Failed(Gone(answer, key)) : Unavailable("status", answer);

    /// <summary>The job is completed, with <paramref name="statusError"/> if its status told of one, and the result URL was read.</summary>
    public static ReadResult OfResult(FalError? statusError, ProviderReply reply, string key)
    {
        var result = reply.ToReadResult(answer => answer.IsSuccess ? OfOutput(answer) : OfErrorAnswer(answer, statusError is not null, key));

        // The status has the last word on whether the job failed, the model's error on why.
        var saysWhy = reply is ProviderReply.Answer { IsSuccess: false }
            && result is ReadResult.Failed { Failure.Class: not FailureClass.ResultExpired };
        return statusError is null || saysWhy ? result : new ReadResult.Failed(statusError.ToFailure(key));
    }

    private static ReadResult OfOutput(ProviderReply.Answer answer)
    {
        if (ProviderJson.ParseObject(answer.Body) is not { } output)
            return new ReadResult.Unavailable($"HTTP {answer.Status} without JSON from the result URL");
        var url = output.Get("video")?.GetText("url");
        return ProviderUrls.IsWeb(url)
            ? new ReadResult.Succeeded(new ProviderVideo(url, output.GetInteger("seed")))
            : new ReadResult.Failed(new ProviderFailure(FailureClass.BadResult, null, "The result has no video.url."));
    }

    private static ReadResult OfErrorAnswer(ProviderReply.Answer answer, bool failedForSure, string key)
    {
        var error = FalError.Of(answer);
        if (answer.Status == 400 && error.Message.Contains("still in progress", StringComparison.OrdinalIgnoreCase))
            return new ReadResult.Running();
        if (answer.Status is 401 or 403 or 408 or 429) return Unavailable("result", answer);
        if (error.IsFromModel) return new ReadResult.Failed(error.ToFailure(key));
        if (IsGone(answer)) return new ReadResult.Failed(Gone(answer, key));
        var isFinal = answer.Status switch
        {
            < 400 => false,
            < 500 => IsJson(answer),

            // fal's own errors (request_timeout, runner_*) may be of this read. They are the job's when its status told of
            // an error, or when fal says that trying again is of no use.
            _ => error.Type is not null && (failedForSure || error.Retryable == false),
        };
        return isFinal ? new ReadResult.Failed(error.ToFailure(key)) : Unavailable("result", answer);
    }

    private static bool IsGone(ProviderReply.Answer answer) => answer.Status is 404 or 410 && IsJson(answer);

    private static bool IsJson(ProviderReply.Answer answer) => ProviderJson.ParseObject(answer.Body) is not null;

    private static ProviderFailure Gone(ProviderReply.Answer answer, string key) =>
        FalError.Of(answer).ToFailure(key) with { Class = FailureClass.ResultExpired };

    private static ReadResult.Unavailable Unavailable(string what, ProviderReply.Answer answer) =>
        new($"HTTP {answer.Status} from the {what} URL", answer.RetryAfter);
}
