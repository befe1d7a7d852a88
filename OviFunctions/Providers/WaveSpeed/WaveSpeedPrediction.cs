using System.Globalization;
using System.Text.Json;

namespace OviFunctions.Providers.WaveSpeed;

/// <summary>
/// A prediction or an error out of one of WaveSpeed's answers: <c>{code,message,data}</c>, where a prediction is the
/// <c>data</c>, or the bare prediction.
/// </summary>
/// <param name="Id">The prediction's id; null when there is none.</param>
/// <param name="Status"><c>created</c>, <c>processing</c>, <c>completed</c>, <c>failed</c>, and more; null when there is none.</param>
/// <param name="Code">The error code: WaveSpeed's own (1200 to 5004) or an HTTP status; null when all is well.</param>
/// <param name="Message">WaveSpeed's words, not yet scrubbed.</param>
/// <param name="Data">The prediction as it came.</param>
internal sealed record WaveSpeedPrediction(string? Id, string? Status, long? Code, string Message, JsonElement Data)
{
    private const int Success = 200;

    /// <summary>Reads an answer; one without JSON has only the HTTP status.</summary>
    public static WaveSpeedPrediction Of(ProviderReply.Answer answer)
    {
        var body = ProviderJson.ParseObject(answer.Body) ?? default;
        var data = body.Get("data") is { ValueKind: JsonValueKind.Object } inner ? inner : body;
        var code = NotZero(data.GetInteger("code")) ?? NotZero(body.GetInteger("code"));
        var words = NotEmpty(data.GetText("error")) ?? NotEmpty(body.GetText("message")) ?? NotEmpty(body.GetText("error"));
        return new WaveSpeedPrediction(
            data.GetText("id"),
            data.GetText("status"),
            code is Success ? null : code ?? (answer.IsSuccess ? null : answer.Status),
            words ?? $"HTTP {answer.Status}",
            data);
    }

    /// <summary>The class of the error (https://wavespeed.ai/docs/error-codes).</summary>
    public FailureClass ErrorClass => Code switch
    {
        1200 => FailureClass.ContentPolicy,
        1402 => FailureClass.InputUnreachable,
        >= 1400 and < 1500 => FailureClass.InvalidInput,
        5004 => FailureClass.ProviderTimeout,
        >= 400 and < 600 => HttpFailureClass.Of((int)Code),
        _ => FailureClass.ProviderUnavailable,
    };

    /// <summary>In our terms; <paramref name="secrets"/> are removed from the text should WaveSpeed repeat them.</summary>
    public ProviderFailure ToFailure(FailureClass reason, params ReadOnlySpan<string> secrets) =>
        new(reason, Code?.ToString(CultureInfo.InvariantCulture) ?? ProviderText.CleanCode(Status), ProviderText.Clean(Message, secrets));

    /// <summary>Whether any output was flagged. The field is a list of booleans, or null.</summary>
    public bool IsNsfw => Data.Get("has_nsfw_contents") switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.Array } flags => flags.EnumerateArray().Any(flag => flag.ValueKind == JsonValueKind.True),
        _ => false,
    };

    /// <summary>The first output that is a URL; null when there is none.</summary>
    public string? Output => Data.Get("outputs") is { ValueKind: JsonValueKind.Array } outputs
        ? outputs.EnumerateArray().Select(output => output.AsText()).FirstOrDefault(ProviderUrls.IsWeb)
        : null;

    private static long? NotZero(long? code) => code is 0 ? null : code;

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
