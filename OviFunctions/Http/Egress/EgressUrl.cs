using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace OviFunctions.Http.Egress;

/// <summary>
/// The rules that need no network. They exist to answer early and in words; what protects is the check of the
/// address that is connected to, in <see cref="EgressConnector"/>.
/// </summary>
internal sealed class EgressUrl(EgressHosts hosts)
{
    private static readonly SearchValues<char> HostCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    // RFC 6761, 6762, 7686, 8375, 9476 and ICANN's .internal.
    private static readonly string[] PrivateSuffixes =
        ["localhost", "local", "internal", "home.arpa", "test", "example", "invalid", "onion", "alt", "localdomain"];

    /// <summary>Parses and checks an URL; the result has its host in one spelling, without a trailing dot.</summary>
    public bool TryParse(
        EgressPolicy policy, string? text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out EgressResult.Refused? refused)
    {
        refused = Parse(text, out url);
        if (refused is null && url is not null) refused = Check(policy, url);
        if (refused is not null) url = null;
        return refused is null;
    }

    /// <summary>The same for the target of a redirect, absolute or relative.</summary>
    public bool TryFollow(
        EgressPolicy policy,
        Uri from,
        Uri location,
        [NotNullWhen(true)] out Uri? url,
        [NotNullWhen(false)] out EgressResult.Refused? refused)
    {
        if (!Uri.TryCreate(from, location, out url))
            refused = new(EgressRefusal.Redirect, "the URL redirects to something that is not a URL");
        else if (from.Scheme == Uri.UriSchemeHttps && url.Scheme == Uri.UriSchemeHttp)
            refused = new(EgressRefusal.Redirect, "the URL redirects from https to http; it must stay on https");
        else if (!TryParse(policy, url.AbsoluteUri, out url, out refused))
            refused = refused with { Message = $"the URL redirects to one that is refused: {refused.Message}" };
        return refused is null;
    }

    private static EgressResult.Refused? Parse(string? text, out Uri? url)
    {
        url = null;
        if (string.IsNullOrEmpty(text)) return Malformed("the URL is empty");
        if (text.Length > EgressGuard.MaxUrlLength)
            return Malformed($"the URL has {text.Length} characters; at most {EgressGuard.MaxUrlLength} are allowed");
        if (text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '\\'))
            return Malformed("the URL has white space, a control character or a backslash; percent-encode them");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var parsed))
            return Malformed("this is not an absolute URL; it must begin with https:// and a host");
        if (parsed.Scheme != Uri.UriSchemeHttps && parsed.Scheme != Uri.UriSchemeHttp)
            return new(EgressRefusal.Scheme, $"the scheme is {parsed.Scheme}; it must be https");

        var authority = Authority(text);
        if (authority.Contains('@'))
            return new(EgressRefusal.UserInfo, "the URL has a user name or password before the host; leave it out");
        // Without ICU, .NET encodes other alphabets without preparing them (RFC 3491), to another name than a browser's.
        if (!Ascii.IsValid(authority) || authority.Contains('%'))
            return Host("the host has characters outside plain ASCII, or a %; write it in its xn-- form");

        // Parsed again without the dot, because 127.0.0.1. is a name to Uri and an address to some resolvers.
        url = parsed.Host.EndsWith('.') ? new UriBuilder(parsed) { Host = parsed.Host.TrimEnd('.') }.Uri : parsed;
        return null;
    }

    private EgressResult.Refused? Check(EgressPolicy policy, Uri url)
    {
        var host = EgressHosts.Normalise(url.IdnHost);
        if (hosts.IsOwn(host, url.Port))
            return new(EgressRefusal.OwnHost, "the URL leads back to this service; it must lead to another host");
        if (hosts.IsAllowed(host, url.Port)) return null;

        if (policy.HttpsOnly && url.Scheme != Uri.UriSchemeHttps) return new(EgressRefusal.Scheme, "the scheme is http; it must be https");
        if (policy.HttpsOnly ? url.Port != 443 : url.Port is not (80 or 443))
            return new(EgressRefusal.Port, $"the port is {url.Port}; it must be {(policy.HttpsOnly ? "443" : "80 or 443")}");
        if (IPAddress.TryParse(host, out var address))
        {
            return PublicAddress.Contains(address)
                ? null
                : new(EgressRefusal.Address, $"{host} is not a public address; the URL must lead to a public host");
        }

        return IsPublicName(url, host) ? null : Host($"'{host}' is not a public DNS name; the URL must lead to a public host");
    }

    private static bool IsPublicName(Uri url, string host)
    {
        if (url.HostNameType != UriHostNameType.Dns || host.AsSpan().ContainsAnyExcept(HostCharacters)) return false;
        var dot = host.LastIndexOf('.');
        if (dot < 0 || PrivateSuffixes.Any(suffix => host.EndsWith($".{suffix}", StringComparison.Ordinal))) return false;
        // "Ends in a number" (WHATWG URL): a broken or exotic IPv4 spelling, on which resolvers disagree.
        var last = host.AsSpan(dot + 1);
        return !char.IsAsciiDigit(last[0]);
    }

    private static string Authority(string text)
    {
        var start = text.IndexOf("//", StringComparison.Ordinal) + 2;
        var end = text.AsSpan(start).IndexOfAny('/', '?', '#');
        return end < 0 ? text[start..] : text.Substring(start, end);
    }

    private static EgressResult.Refused Malformed(string message) => new(EgressRefusal.Malformed, message);

    private static EgressResult.Refused Host(string message) => new(EgressRefusal.Host, message);
}
