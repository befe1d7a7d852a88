using System.Net;
using System.Net.Sockets;

namespace OviFunctions.Http.Egress;

/// <summary>Finds the addresses of a host; injected so that a test can answer instead of DNS.</summary>
internal delegate Task<IPAddress[]> EgressResolver(string host, CancellationToken cancellationToken);

/// <summary>
/// Opens the TCP connections of the guard: resolves once, checks every address, connects to one of those that were
/// checked. There is no second resolution that could answer otherwise. TLS, above this, still goes by host name.
/// </summary>
internal sealed class EgressConnector(EgressHosts hosts, EgressResolver resolve)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = EgressHosts.Normalise(context.DnsEndPoint.Host);
        var port = context.DnsEndPoint.Port;
        IPAddress[] addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellationToken);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.HostNotFound);

        // One bad address refuses the host: a mixed answer is how a rebinding begins. The address is not named,
        // because the answer may come from a DNS zone that strangers cannot read.
        if (!hosts.IsAllowed(host, port) && !addresses.All(PublicAddress.Contains))
        {
            throw new EgressRefusedException(new EgressResult.Refused(
                EgressRefusal.Address, $"{host} resolves to an address that is not public; the URL must lead to a public host"));
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // IPv4 first: a host without an IPv6 route may swallow the packets until the time is over.
            await socket.ConnectAsync([.. addresses.OrderBy(a => a.AddressFamily)], port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
