using System.Text;
using System.Text.RegularExpressions;

namespace OviFunctions.Providers;

/// <summary>
/// Makes a provider's own words safe to keep: no credentials, no query strings of URLs (ours are signed), no tokens of our
/// callbacks, no control characters, no more than 500 characters.
/// </summary>
internal static partial class ProviderText
{
    public const int MaxLength = 500;
    private const int MaxCodeLength = 80;
    private const RegexOptions Plain = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    /// <summary>Cleans a message; <paramref name="secrets"/> are removed wherever they stand.</summary>
    public static string Clean(string? text, params ReadOnlySpan<string> secrets)
    {
        if (string.IsNullOrWhiteSpace(text)) return "";
        foreach (var secret in secrets)
        {
            if (secret.Length > 0) text = text.Replace(secret, "[secret]", StringComparison.Ordinal);
        }

        // After the secrets, so that none is cut in two; before the expressions, so that a long text costs little.
        if (text.Length > 2 * MaxLength) text = text[..(2 * MaxLength)];
        text = CallbackToken().Replace(text, "$1[secret]");
        text = UrlQuery().Replace(text, "$1?[query]");
        text = Credential().Replace(text, "[secret]");
        var clean = new StringBuilder(text.Length);
        foreach (var character in text) clean.Append(char.IsControl(character) ? ' ' : character);
        return Cut(clean.ToString().Trim(), MaxLength);
    }

    /// <summary>Cleans a code; null when nothing is left of it.</summary>
    public static string? CleanCode(string? code)
    {
        var clean = Clean(code);
        return clean.Length == 0 ? null : Cut(clean, MaxCodeLength);
    }

    private static string Cut(string text, int length)
    {
        if (text.Length <= length) return text;
        var end = length - 1;
        if (char.IsHighSurrogate(text[end - 1])) end--;
        return text[..end] + "…";
    }

    // Of a URL that was a parameter of another one, too: then it is escaped.
    [GeneratedRegex(@"(https?(?:://|%3A%2F%2F)[^\s?""'<>]*?)(?:\?|%3F)[^\s""'<>]*", Plain)]
    private static partial Regex UrlQuery();

    // /v1/callbacks/{provider}/{token}: whoever has it can name jobs for ours.
    [GeneratedRegex(@"(/callbacks/[a-z0-9-]+/|%2Fcallbacks%2F[a-z0-9-]+%2F)[A-Za-z0-9_.~-]+", Plain)]
    private static partial Regex CallbackToken();

    [GeneratedRegex(@"\b(Bearer +[A-Za-z0-9._~+/=-]{8,}|Basic +[A-Za-z0-9+/=]{8,}|Key +[0-9a-f-]{8,}(:[0-9a-f]+)?)", Plain)]
    private static partial Regex Credential();
}
