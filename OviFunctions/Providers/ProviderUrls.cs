using System.Text.RegularExpressions;

namespace OviFunctions.Providers;

/// <summary>The rules for what a provider says and becomes a URL that carries the account's key.</summary>
internal static partial class ProviderUrls
{
    /// <summary>Whether this can be a provider's id of a job. It becomes a part of URLs, and may come from a callback.</summary>
    public static bool IsRequestId(string? id) => id is not null && RequestId().IsMatch(id);

    /// <summary>Whether a URL that a provider gave lies on the configured host, where the key may go.</summary>
    public static bool IsOnHostOf(Uri configured, string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && uri.UserInfo.Length == 0
        && Uri.Compare(uri, configured, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>Whether a video could be read there.</summary>
    public static bool IsWeb(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,128}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RequestId();
}
