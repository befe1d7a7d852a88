using System.Text.Json;

namespace OviFunctions.Providers.OpenAiVideos;

/// <summary>
/// An error of the protocol: <c>{"error":{"type","code","message","param"}}</c> beside an HTTP error, or <c>{"code","message"}</c>
/// in the <c>error</c> of a failed video. Servers that only resemble it send a text, or nothing.
/// </summary>
/// <param name="Status">The HTTP status that goes with it, by its code where some servers say 400; null for the error of a video.</param>
/// <param name="Code">The code, or the type where there is none.</param>
/// <param name="Message">The server's words, not yet scrubbed.</param>
/// <param name="IsTyped">Whether it has the protocol's shape, so that the server itself, not something before it, answered.</param>
internal sealed record OpenAiVideosError(int? Status, string? Code, string Message, bool IsTyped)
{
    private static readonly string[] ContentPolicy = ["moderation", "sentinel", "content_policy", "content_filter", "policy_violation", "safety"];
    private static readonly string[] Credits = ["insufficient_quota", "billing", "insufficient_user_quota", "insufficient_balance", "quota_exceeded"];

    /// <summary>Reads an answer with an error status.</summary>
    public static OpenAiVideosError Of(ProviderReply.Answer answer)
    {
        var body = ProviderJson.ParseObject(answer.Body);
        return body?.Get("error") is { } error
            ? Read(error, answer.Status, $"HTTP {answer.Status}")
            : new OpenAiVideosError(answer.Status, null, body?.GetText("message") ?? body?.GetText("detail") ?? $"HTTP {answer.Status}", false);
    }

    /// <summary>Reads a failed video.</summary>
    public static OpenAiVideosError OfVideo(JsonElement video) =>
        video.Get("error") is { } error ? Read(error, null, "The job failed.") : new OpenAiVideosError(null, null, "The job failed.", false);

    /// <summary>In our terms. <paramref name="key"/> is removed from the text should the server repeat it.</summary>
    public ProviderFailure ToFailure(string key, TimeSpan? retryAfter = null) =>
        new(ClassOf(), ProviderText.CleanCode(Code), ProviderText.Clean(Message, key)) { RetryAfterSeconds = retryAfter?.TotalSeconds };

    private static OpenAiVideosError Read(JsonElement error, int? status, string whenSilent)
    {
        if (error.AsText() is { } text) return new OpenAiVideosError(status, null, text, false);
        var (code, type, message) = (error.GetText("code"), error.GetText("type"), error.GetText("message"));
        if (status == 400) status = code switch { "model_not_found" => 404, "invalid_api_key" => 401, _ => 400 };
        return new OpenAiVideosError(status, code ?? type, message ?? whenSilent, code is not null || type is not null || message is not null);
    }

    /// <remarks>OpenAI publishes no list of codes. Those of moderation go by their beginning or by a part, because there are several of each kind.</remarks>
    private FailureClass ClassOf()
    {
        if (Has(ContentPolicy)) return FailureClass.ContentPolicy;
        if (Status == 402 || Has(Credits)) return FailureClass.ProviderCredits;
        return Status switch
        {
            // Of a video: what is wrong with the input is named so; anything else is the server's.
            null => Code?.StartsWith("invalid_", StringComparison.OrdinalIgnoreCase) == true ? FailureClass.InvalidInput : FailureClass.ProviderUnavailable,
            // A body of a kind that the server does not take: our configuration, not the buyer's input.
            415 => FailureClass.ProviderUnavailable,
            409 or 425 => FailureClass.RateLimited,
            _ => HttpFailureClass.Of(Status),
        };

        bool Has(string[] parts) => Code is not null && parts.Any(part => Code.Contains(part, StringComparison.OrdinalIgnoreCase));
    }
}
