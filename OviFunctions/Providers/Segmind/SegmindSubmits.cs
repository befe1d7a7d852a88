namespace OviFunctions.Providers.Segmind;

/// <summary>What the answers to a submit prove.</summary>
internal sealed class SegmindSubmits(SegmindOptions options, TimeProvider time)
{
    private const string NoWayBack = "Segmind has no callback, so nothing can bring this job back if there is one";

    /// <summary>Version 2: a request id.</summary>
    public SubmitResult OfQueued(ProviderReply reply, SubmitRequest request) => WithReason(reply.ToSubmitResult(answer =>
    {
        if (!answer.IsSuccess) return OfError(answer, request);
        var body = ProviderJson.ParseObject(answer.Body);
        var id = body?.GetText("request_id");
        if (!ProviderUrls.IsRequestId(id)) return new SubmitResult.Ambiguous($"HTTP {answer.Status} without a request id");

        // Only URLs on the configured host are kept; the others are rebuilt when they are needed.
        var urls = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in (string[])["status", "response"])
        {
            if (body!.Value.GetText($"{name}_url") is { } url && ProviderUrls.IsOnHostOf(options.BaseUrl, url)) urls[name] = url;
        }

        return new SubmitResult.Accepted(new ProviderJob(id!, urls, request.Model));
    }));

    /// <summary>Version 1: the video, or JSON that says where it is.</summary>
    public SubmitResult OfFinished(ProviderReply reply, SubmitRequest request)
    {
        if (reply is ProviderReply.Opened video)
            return new SubmitResult.Finished(new ProviderVideo(null, SegmindHeaders.Seed(video.Headers), video.Content));
        return WithReason(reply.ToSubmitResult(answer =>
        {
            if (!answer.IsSuccess) return OfError(answer, request);
            if (ProviderJson.ParseObject(answer.Body) is not { } body) return new SubmitResult.Ambiguous($"HTTP {answer.Status} without a video or JSON");
            if (SegmindOutput.FindUrl(body) is { } url)
                return new SubmitResult.Finished(new ProviderVideo(url, SegmindOutput.FindSeed(answer, body)));
            return new SubmitResult.Rejected(new ProviderFailure(FailureClass.BadResult, null, "The answer has no URL of a video.")) { Billed = true };
        }));
    }

    private SubmitResult OfError(ProviderReply.Answer answer, SubmitRequest request)
    {
        var error = SegmindError.Of(answer);

        // Segmind bills only what it answers with 200, so a 5xx that it wrote itself is the end of a job. One of a gateway is not:
        // that may have given up on a job that goes on.
        var refused = answer.Status is >= 400 and < 500 || (answer.Status >= 500 && error.IsSegminds);
        if (!refused) return new SubmitResult.Ambiguous($"HTTP {answer.Status}");
        var wait = SegmindHeaders.RetryAfter(answer.Headers, time.GetUtcNow()) ?? answer.RetryAfter;
        var failure = error.ToFailure(error.OfSubmit(request), options.Key) with { RetryAfterSeconds = wait?.TotalSeconds };
        return new SubmitResult.Rejected(AccountFault.Mark(failure, error.IsSegminds || OutOfCredits.IsSaidIn(error.Message, request) ? answer.Status : null));
    }

    private static SubmitResult WithReason(SubmitResult result) =>
        result is SubmitResult.Ambiguous ambiguous ? new SubmitResult.Ambiguous($"{ambiguous.Reason}; {NoWayBack}") : result;
}
