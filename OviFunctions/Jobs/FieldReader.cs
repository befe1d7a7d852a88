using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace OviFunctions.Jobs;

/// <summary>Reads the fields of a JSON request and collects every problem instead of stopping at the first.</summary>
internal sealed class FieldReader(JsonElement body)
{
    /// <summary>A body has room for a hundred thousand unknown fields, and each would come back with the list of the known ones.</summary>
    private const int MaxUnknownFields = 8;

    private readonly List<string> _known = [];

    public List<FieldProblem> Problems { get; } = [];

    public void Report(string field, string code, string detail) => Problems.Add(new FieldProblem("/" + field, code, detail));

    /// <summary>The field's value if it is there and not null.</summary>
    public JsonElement? Find(string field)
    {
        _known.Add(field);
        return body.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A text; lengths count Unicode characters, as JSON Schema does.</summary>
    public string? Text(string field, int minLength, int maxLength, string? whenMissing = null, string? requiredHint = null)
    {
        if (Find(field) is not { } value)
        {
            if (requiredHint is not null) Report(field, "required", $"{field} is missing: {requiredHint}");
            return whenMissing;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Report(field, "type", $"{field} should be a string, not {Kind(value)}.");
            return null;
        }

        if (!TryGetText(value, out var text))
        {
            Report(field, "encoding", $"{field} has a \\u escape that is half of a surrogate pair.");
            return null;
        }

        var length = text.EnumerateRunes().Count();
        if (length >= minLength && length <= maxLength) return text;
        Report(field, "length", $"{field} has {length} characters; it should have {minLength} to {maxLength}.");
        return null;
    }

    /// <summary>An integer; 30 and 30.0 are the same number in JSON.</summary>
    public long? Integer(string field, long min, long max, string? hint = null)
    {
        if (Find(field) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Number)
        {
            Report(field, "type", $"{field} should be an integer, not {Kind(value)}.{hint}");
            return null;
        }

        if (!value.TryGetDecimal(out var number) || decimal.Truncate(number) != number || number < min || number > max)
        {
            Report(field, "range", $"{field} should be an integer from {min} to {max}.{hint}");
            return null;
        }

        return (long)number;
    }

    /// <summary>Reports fields that were not asked for, the first few of them; a misspelt option must not be dropped in silence.</summary>
    public void RefuseOthers()
    {
        foreach (var property in body.EnumerateObject().Where(p => !_known.Contains(p.Name)).Take(MaxUnknownFields))
        {
            var shown = property.Name.Length <= 64 ? property.Name : property.Name[..64] + "…";
            Report(EscapePointer(shown), "unknown_field", $"There is no field \"{shown}\". The fields are: {string.Join(", ", _known)}.");
        }
    }

    /// <summary>The UTF-8 text of a string that may be megabytes long: a slice of the body where it has no escapes, no copy.</summary>
    public static ReadOnlyMemory<byte> Utf8(ReadOnlyMemory<byte> source, JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        return !raw.Contains((byte)'\\') && source.Span.Overlaps(raw, out var offset)
            ? source.Slice(offset, raw.Length)
            : Encoding.UTF8.GetBytes(value.GetString()!);
    }

    private static bool TryGetText(JsonElement value, out string text)
    {
        try
        {
            text = value.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => "null",
    };

    /// <summary>A name as one step of a JSON pointer (RFC 6901).</summary>
    public static string EscapePointer(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
