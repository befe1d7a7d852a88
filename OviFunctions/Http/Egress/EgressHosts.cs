using System.Net;

namespace OviFunctions.Http.Egress;

/// <summary>The hosts of <see cref="EgressOptions"/>, parsed once.</summary>
internal sealed class EgressHosts
{
    private readonly HashSet<(string Host, int Port)> _allowed;
    private readonly (string Host, int? Port)[] _own;

    /// <exception cref="ArgumentException">An entry is not <c>host:port</c> (or <c>host</c>, for our own).</exception>
    public EgressHosts(EgressOptions options)
    {
        _allowed = [.. options.AllowedHosts.Select(entry => Parse(entry) is (var host, { } port)
            ? (host, port)
            : throw new ArgumentException($"Egress:AllowedHosts has '{entry}'; an entry must be host:port, for example localhost:5005."))];
        _own = [.. options.OwnHosts.Select(entry => Parse(entry)
            ?? throw new ArgumentException($"Egress:OwnHosts has '{entry}'; an entry must be host or host:port."))];
    }

    /// <summary>Whether a text can be an entry of <see cref="EgressOptions.AllowedHosts"/>.</summary>
    public static bool IsHostAndPort(string entry) => Parse(entry) is (_, { });

    /// <summary>Whether exactly this host and port is exempt from the address, port and https rules.</summary>
    public bool IsAllowed(string host, int port) => _allowed.Contains((host, port));

    /// <summary>Whether this is a host of ours.</summary>
    public bool IsOwn(string host, int port) =>
        _own.Any(own => own.Host == host && (own.Port is null || own.Port == port || !IsAllowed(host, port)));

    /// <summary>One spelling for a host: lower case, no brackets, IPv6 compressed.</summary>
    public static string Normalise(string host) =>
        IPAddress.TryParse(host, out var address) ? address.ToString() : host.ToLowerInvariant();

    private static (string Host, int? Port)? Parse(string entry)
    {
        if (!Uri.TryCreate($"http://{entry}", UriKind.Absolute, out var url) || url.PathAndQuery != "/" || entry.EndsWith('/')) return null;
        return (Normalise(url.IdnHost), entry.EndsWith($":{url.Port}", StringComparison.Ordinal) ? url.Port : null);
    }
}
