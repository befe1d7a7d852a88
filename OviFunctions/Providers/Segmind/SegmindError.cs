using System.Text;

namespace OviFunctions.Providers.Segmind;

/// <summary>
/// An error of Segmind: <c>{error}</c>, <c>{error, error_description, status_code}</c> for a key, a failed job's
/// <c>{status, error, metrics}</c>, or no JSON at all. It has no codes: a status and words are all that there is.
/// </summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Message">Segmind's words, not yet scrubbed; those that are not JSON are taken from a text that is not a page.</param>
/// <param name="IsSegminds">Whether Segmind itself wrote it: it has an <c>error</c>, which gateways on the way write otherwise.</param>
internal sealed record SegmindError(int Status, string Message, bool IsSegminds)
{
    public static SegmindError Of(ProviderReply.Answer answer)
    {
        var body = ProviderJson.ParseObject(answer.Body);
        var words = body?.GetText("error_description") ?? body?.GetText("error");
        if (words is not null) return new SegmindError(answer.Status, words, IsSegminds: true);
        var text = body is null ? Encoding.UTF8.GetString(answer.Body.Span).Trim() : body.Value.GetText("message") ?? "";
        return new SegmindError(answer.Status, text.Length == 0 || text[0] == '<' ? $"HTTP {answer.Status}" : text, IsSegminds: false);
    }

    /// <summary>Why a submit was refused.</summary>
    /// <remarks>
    /// 406 is three things, told apart by its words: an account without credits, a content type, a parameter. Of version 1, the
    /// answer to the submit is that to the job too.
    /// </remarks>
    public FailureClass OfSubmit(SubmitRequest request) => Status switch
    {
        402 or 403 or 404 or 406 when OutOfCredits.IsSaidIn(Message, request) => FailureClass.ProviderCredits,
        406 when Says("content type") || Says("content-type") => FailureClass.ProviderUnavailable,
        400 or 406 or 422 when OfJob is FailureClass.ContentPolicy or FailureClass.InputUnreachable => OfJob,
        _ => HttpFailureClass.Of(Status),
    };

    /// <summary>
    /// Why a job failed, by its words: nothing else tells a picture that is not allowed from a machine that broke. What is not
    /// clearly the input's counts as the provider's failure.
    /// </summary>
    public FailureClass OfJob =>
        Says("nsfw") || Says("moderation") || Says("content policy") || Says("safety") || Says("sensitive") ? FailureClass.ContentPolicy
        : Says("download") || Says("fetch") || Says("cannot access") || Says("load image") ? FailureClass.InputUnreachable
        : Says("timed out") || Says("timeout") ? FailureClass.ProviderTimeout
        : Says("mandatory") || Says("must be") || Says("invalid") || Says("required") ? FailureClass.InvalidInput
        : FailureClass.ProviderUnavailable;

    /// <summary>In our terms; <paramref name="secrets"/> are removed from the text should Segmind repeat them.</summary>
    public ProviderFailure ToFailure(FailureClass reason, params ReadOnlySpan<string> secrets) =>
        new(reason, $"{Status}", ProviderText.Clean(Message, secrets));

    private bool Says(string words) => Message.Contains(words, StringComparison.OrdinalIgnoreCase);
}
