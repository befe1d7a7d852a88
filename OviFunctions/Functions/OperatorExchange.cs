using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OviFunctions.Http;

namespace OviFunctions.Functions;

/// <summary>How the operator's calls read their bodies and are answered.</summary>
internal static class OperatorExchange
{
    /// <summary>The longest reason, in characters.</summary>
    public const int MaxReason = 200;

    private const int MaxBody = 4096;
    private const string NoReason = "by the operator";

    public static IResult Answer(HttpRequest request, object body, int status = StatusCodes.Status200OK)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return Results.Json(body, ApiJson.Options, statusCode: status);
    }

    /// <summary>A text of the body; empty when there is no body or no such member, null when the body is not a small JSON object.</summary>
    public static async Task<string?> TextAsync(HttpRequest request, string name, CancellationToken cancellationToken)
    {
        if (await BoundedBody.ReadAsync(request, MaxBody, cancellationToken) is not { } body) return null;
        if (body.IsEmpty) return "";
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return null;
            if (!json.RootElement.TryGetProperty(name, out var value)) return "";
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The body's reason, or the usual one; null when the body is not what it should be.</summary>
    public static async Task<string?> ReasonAsync(HttpRequest request, CancellationToken cancellationToken) =>
        await TextAsync(request, "reason", cancellationToken) switch
        {
            null => null,
            "" => NoReason,
            var reason => reason.Length <= MaxReason && !reason.Any(char.IsControl) ? reason : null,
        };
}
