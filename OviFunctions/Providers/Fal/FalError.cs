using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OviFunctions.Providers.Fal;

/// <summary>
/// An error in one of the shapes that fal uses: a model's error (<c>detail</c> is a list of <c>{loc,msg,type}</c>), fal's
/// own (<c>detail</c> is a text, <c>error_type</c> beside it and in <c>X-Fal-Error-Type</c>), the <c>error</c> and
/// <c>error_type</c> of a completed job's status, or no JSON at all.
/// </summary>
/// <param name="Status">The HTTP status that goes with it; null when none is known.</param>
/// <param name="Type">The machine-readable type; null when fal gave none.</param>
/// <param name="Message">fal's words, not yet scrubbed.</param>
/// <param name="IsFromModel">Whether the model itself answered: then the job is over.</param>
/// <param name="Retryable">What <c>X-Fal-Retryable</c> or <c>X-Fal-Needs-Retry</c> says.</param>
internal sealed partial record FalError(int? Status, string? Type, string Message, bool IsFromModel, bool? Retryable)
{
    private const int MaxDetails = 5;

    /// <summary>Reads the error out of an answer with an error status.</summary>
    public static FalError Of(ProviderReply.Answer answer)
    {
        // The buyer's start_timeout ran out: fal stopped the request for good, whatever else the answer says.
        var isStartTimeout = answer.Status == 504 && answer.Header("X-Fal-Request-Timeout-Type") == "user";
        var retryable = isStartTimeout ? false : Flag(answer.Header("X-Fal-Needs-Retry")) ?? Flag(answer.Header("X-Fal-Retryable"));
        var headerType = answer.Header("X-Fal-Error-Type") ?? (isStartTimeout ? "request_timeout" : null);
        if (ProviderJson.ParseObject(answer.Body) is not { } body)
            return new FalError(answer.Status, headerType, $"HTTP {answer.Status}", false, retryable);

        if (body.Get("detail") is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0)
        {
            var details = list.EnumerateArray().Take(MaxDetails).ToList();
            var type = details.Select(d => d.GetText("type")).FirstOrDefault(t => t is FalErrorClass.ContentPolicyViolation)
                ?? details.Select(d => d.GetText("type")).FirstOrDefault(t => t is not null);
            return new FalError(answer.Status, type ?? headerType, string.Join("; ", details.Select(Describe)), true, retryable);
        }

        var text = body.GetText("detail") ?? body.GetText("error") ?? body.Get("error")?.GetText("message") ?? body.GetText("message");
        return new FalError(answer.Status, body.GetText("error_type") ?? headerType, text ?? $"HTTP {answer.Status}", false, retryable);
    }

    /// <summary>The error of a completed job's status body; null when the job did not fail.</summary>
    public static FalError? OfStatus(JsonElement status)
    {
        var type = status.GetText("error_type");
        var error = status.Get("error");
        if (type is null && error is null) return null;
        var text = error?.AsText() ?? error?.GetText("message") ?? "The job failed.";
        return new FalError(StatusInText(text), type, text, false, null);
    }

    /// <summary>In our terms. <paramref name="key"/> is removed from the text should fal repeat it.</summary>
    public ProviderFailure ToFailure(string key) =>
        new(
            FalErrorClass.Of(Type, Status, Message),
            ProviderText.CleanCode(Type),
            ProviderText.Clean(Message, [key, .. key.Split(':')]));

    // The input is left out: it holds the prompt and our signed URL.
    private static string Describe(JsonElement detail)
    {
        var message = detail.GetText("msg") ?? detail.GetText("type") ?? "unnamed error";
        var place = detail.Get("loc") is { ValueKind: JsonValueKind.Array } loc
            ? string.Join('.', loc.EnumerateArray().Select(p => p.AsText() ?? p.GetRawText()).Take(8))
            : "";
        return place.Length == 0 ? message : $"{place}: {message}";
    }

    private static bool? Flag(string? header) => header?.Trim().ToLowerInvariant() switch
    {
        "true" or "1" or "yes" => true,
        "false" or "0" or "no" => false,
        _ => null,
    };

    // "Invalid status code: 422" is all that a webhook or a status says of some model errors.
    private static int? StatusInText(string text) =>
        StatusCode().Match(text) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex("status code:? ([45][0-9]{2})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex StatusCode();
}
