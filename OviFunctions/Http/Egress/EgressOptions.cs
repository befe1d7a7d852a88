namespace OviFunctions.Http.Egress;

/// <summary>Settings of the egress guard, section <c>Egress</c>.</summary>
public sealed class EgressOptions
{
    /// <summary>
    /// <c>host:port</c> pairs that are exempt from the address, port and https rules. For development and tests;
    /// empty in production. Everything else (redirects, sizes, time limits, userinfo) holds for them too.
    /// </summary>
    public IList<string> AllowedHosts { get; set; } = [];

    /// <summary>
    /// The names under which this app is reached, as <c>host</c> or <c>host:port</c>: the authority of the public
    /// base URL and, on Azure, the site's own host name. Never fetched, on any port; an allowed host may share the
    /// name if its port is not ours (a developer's machine, where everything is <c>localhost</c>).
    /// </summary>
    public IList<string> OwnHosts { get; set; } = [];

    /// <summary>The User-Agent of every request; some hosts refuse requests without one.</summary>
    public string UserAgent { get; set; } = "OviFunctions/1.0";
}
