using System.Text.RegularExpressions;

namespace OviFunctions.Payments;

/// <summary>
/// What a facilitator or a node wrote, made fit for our log: its texts were seen to hold RPC URLs with keys and whole
/// signed transactions.
/// </summary>
internal static partial class ScrubbedText
{
    private const int MaxLength = 200;

    /// <summary>One line of at most 200 characters without URLs, long hex and anything that is not printable ASCII.</summary>
    public static string From(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var head = text.Length > 10 * MaxLength ? text[..(10 * MaxLength)] : text;
        var line = Unprintable().Replace(LongHex().Replace(Url().Replace(head, "[url]"), "[hex]"), " ");
        return line.Length > MaxLength ? line[..MaxLength] : line;
    }

    [GeneratedRegex(@"[a-z][a-z0-9+.-]*://\S+", RegexOptions.IgnoreCase)]
    private static partial Regex Url();

    [GeneratedRegex("(0x)?[0-9a-f]{32,}", RegexOptions.IgnoreCase)]
    private static partial Regex LongHex();

    [GeneratedRegex(@"[^\x20-\x7e]+")]
    private static partial Regex Unprintable();
}
