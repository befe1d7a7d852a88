using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace OviFunctions.Payments.Identity;

/// <summary>
/// The JSON Canonicalization Scheme (RFC 8785): one text for all spellings of a JSON value. It writes as it goes, so
/// that a body with a data URL of megabytes is never held twice.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int MaxDepth = 64;

    /// <summary>Most tokens in a body: an index of 12 bytes is kept for each.</summary>
    private const int MaxTokens = 100_000;

    /// <summary>
    /// Writes the canonical form. On false <paramref name="problem"/> completes the sentence "the body ...", and
    /// what was written so far is worthless.
    /// </summary>
    public static bool TryWrite(ReadOnlyMemory<byte> utf8, IBufferWriter<byte> output, [NotNullWhen(false)] out string? problem)
    {
        if (HasTooManyTokens(utf8.Span))
        {
            problem = $"has more than {MaxTokens} values";
            return false;
        }
        if (!StrictJson.TryParse(utf8, out var document, out problem, MaxDepth)) return false;
        using (document)
        {
            problem = Write(document.RootElement, output);
            return problem is null;
        }
    }

    private static bool HasTooManyTokens(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            for (var count = 0; reader.Read(); count++)
            {
                if (count == MaxTokens) return true;
            }
        }
        catch (JsonException)
        {
            // The parser says it better.
        }
        return false;
    }

    private static string? Write(JsonElement element, IBufferWriter<byte> output) => element.ValueKind switch
    {
        JsonValueKind.Object => WriteObject(element, output),
        JsonValueKind.Array => WriteArray(element, output),
        JsonValueKind.Number => CanonicalNumber.Write(element, output),
        JsonValueKind.String => CanonicalString.Write(JsonMarshal.GetRawUtf8Value(element), output),
        _ => WriteLiteral(element, output),
    };

    // Members in the order of their names' UTF-16 code units (section 3.2.3).
    private static string? WriteObject(JsonElement element, IBufferWriter<byte> output)
    {
        if (!TryGetMembers(element, out var members)) return CanonicalString.LoneSurrogate;
        output.Write("{"u8);
        for (var i = 0; i < members.Length; i++)
        {
            if (i > 0) output.Write(","u8);
            output.Write("\""u8);
            if (CanonicalString.Write(JsonMarshal.GetRawUtf8PropertyName(members[i]), output) is { } badName) return badName;
            output.Write("\":"u8);
            if (Write(members[i].Value, output) is { } problem) return problem;
        }
        output.Write("}"u8);
        return null;
    }

    private static string? WriteArray(JsonElement element, IBufferWriter<byte> output)
    {
        output.Write("["u8);
        var first = true;
        foreach (var item in element.EnumerateArray())
        {
            if (!first) output.Write(","u8);
            first = false;
            if (Write(item, output) is { } problem) return problem;
        }
        output.Write("]"u8);
        return null;
    }

    private static string? WriteLiteral(JsonElement element, IBufferWriter<byte> output)
    {
        output.Write(JsonMarshal.GetRawUtf8Value(element));
        return null;
    }

    private static bool TryGetMembers(JsonElement element, out JsonProperty[] members)
    {
        try
        {
            members = [.. element.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal)];
            return true;
        }
        catch (InvalidOperationException)
        {
            // The runtime's way to say that a name is no valid UTF-16.
            members = [];
            return false;
        }
    }
}
