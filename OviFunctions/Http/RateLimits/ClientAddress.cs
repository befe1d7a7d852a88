using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.Http.RateLimits;

/// <summary>Who asks, for limits by address.</summary>
internal static class ClientAddress
{
    public const string Forwarded = "X-Forwarded-For";
    private const int NetworkBytes = 8;

    /// <summary>
    /// The client's address, by which requests are counted: an IPv4 address, or the /64 of an IPv6 address, because a
    /// household or a server has all of that. Each trusted proxy has added the address that it saw to the end of
    /// X-Forwarded-For; what stands before those entries is whatever the client sent.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="trustedProxies">How many proxies of ours a request passes.</param>
    public static string Of(HttpContext context, int trustedProxies)
    {
        var address = context.Connection.RemoteIpAddress;
        if (trustedProxies > 0)
        {
            var entries = context.Request.Headers[Forwarded].ToString().Split(',', StringSplitOptions.TrimEntries);
            // Some proxies add the port.
            if (IPEndPoint.TryParse(entries[Math.Max(0, entries.Length - trustedProxies)], out var client)) address = client.Address;
        }

        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, NetworkBytes))
            : address.ToString();
    }
}
