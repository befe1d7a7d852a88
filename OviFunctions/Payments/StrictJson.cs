using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace OviFunctions.Payments;

/// <summary>
/// JSON from strangers: valid UTF-8, one value and nothing behind it, no comments, no duplicate keys (which two
/// readers may resolve differently), a bounded depth.
/// </summary>
internal static class StrictJson
{
    /// <summary>Depth of payment headers and of the answers of facilitators and nodes.</summary>
    public const int MaxDepth = 16;

    /// <summary>Parses <paramref name="utf8"/>; <paramref name="problem"/> says in a few words why it cannot.</summary>
    public static bool TryParse(
        ReadOnlyMemory<byte> utf8,
        [NotNullWhen(true)] out JsonDocument? document,
        [NotNullWhen(false)] out string? problem,
        int maxDepth = MaxDepth)
    {
        document = null;
        problem = "is not valid UTF-8";
        if (!Utf8.IsValid(utf8.Span)) return false;
        try
        {
            document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = maxDepth, AllowDuplicateProperties = false });
            problem = null;
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a key with half of a surrogate pair.
            problem = $"is not one JSON value of at most {maxDepth} levels without duplicate keys";
            return false;
        }
    }

    /// <summary>The member, or an undefined element when it is absent or the parent is no object.</summary>
    public static JsonElement Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) ? member : default;

    /// <summary>The member's string, or null: absent, another type, or text with half of a surrogate pair.</summary>
    public static string? Text(JsonElement parent, string name) => Text(Member(parent, name));

    /// <summary>The string, or null: another type, or text with half of a surrogate pair.</summary>
    public static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The member's boolean, or null.</summary>
    public static bool? Flag(JsonElement parent, string name) => Member(parent, name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>The member's 32-bit integer, or null.</summary>
    public static int? Integer(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : null;
}
