using System.Text.Json;

namespace OviFunctions.Providers;

/// <summary>Lenient reads of a provider's JSON: a field that is missing or of another kind is null, never an exception.</summary>
internal static class ProviderJson
{
    private static readonly JsonDocumentOptions Limits = new() { MaxDepth = 32 };

    /// <summary>Parses a body; null when it is not a JSON object.</summary>
    public static JsonElement? ParseObject(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Limits);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static JsonElement? Get(this JsonElement element, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
                ? value
                : null;
        }
        catch (InvalidOperationException) // as below, in the name of a field that stands beside it
        {
            return null;
        }
    }

    public static string? GetText(this JsonElement element, string name) => element.Get(name)?.AsText();

    public static string? AsText(this JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException) // half a surrogate pair, or bytes that are not UTF-8: the parser lets them through
        {
            return null;
        }
    }

    public static long? GetInteger(this JsonElement element, string name) =>
        element.Get(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;
}
