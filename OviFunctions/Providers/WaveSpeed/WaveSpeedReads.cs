namespace OviFunctions.Providers.WaveSpeed;

/// <summary>What the answers to a read prove about a prediction.</summary>
internal static class WaveSpeedReads
{
    /// <remarks>
    /// A job that failed is an HTTP 200. An error status is of the read itself, except "not found" in JSON: a rate limit or a
    /// refused key says nothing of a prediction that WaveSpeed may still be working on and billing.
    /// </remarks>
    public static ReadResult Of(ProviderReply.Answer answer, string key)
    {
        var prediction = WaveSpeedPrediction.Of(answer);
        if (prediction.Code is 404 or 410 && prediction.Status is null && ProviderJson.ParseObject(answer.Body) is not null)
            return Failed(prediction, FailureClass.ResultExpired, key);
        if (!answer.IsSuccess || prediction.Status is null)
            return new ReadResult.Unavailable($"HTTP {answer.Status} without a prediction", answer.RetryAfter);

        return prediction.Status switch
        {
            "completed" when prediction.IsNsfw => new ReadResult.Failed(
                new ProviderFailure(FailureClass.ContentPolicy, "has_nsfw_contents", "The output was flagged (has_nsfw_contents).")),
            "completed" when prediction.Output is { } url => new ReadResult.Succeeded(new ProviderVideo(url, prediction.Data.GetInteger("seed"))),
            "completed" => new ReadResult.Failed(new ProviderFailure(FailureClass.BadResult, null, "The prediction has no URL in outputs.")),
            "failed" when prediction.IsNsfw => Failed(prediction, FailureClass.ContentPolicy, key),
            "failed" => Failed(prediction, prediction.ErrorClass, key),
            "timeout" => Failed(prediction, FailureClass.ProviderTimeout, key),
            "deleted" => Failed(prediction, FailureClass.ResultExpired, key),

            // Not by us: there is nothing to cancel with.
            "cancelled" => Failed(prediction, FailureClass.ProviderUnavailable, key),

            // created, processing, or something new: not over, as far as is known. The caller has a deadline.
            _ => new ReadResult.Running(),
        };
    }

    private static ReadResult.Failed Failed(WaveSpeedPrediction prediction, FailureClass reason, string key) =>
        new(prediction.ToFailure(reason, key));
}
