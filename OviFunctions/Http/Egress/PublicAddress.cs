using System.Net;
using System.Net.Sockets;

namespace OviFunctions.Http.Egress;

/// <summary>
/// Tells addresses that anybody on the Internet reaches from those that lead inside, by the IANA special-purpose
/// registries.
/// </summary>
internal static class PublicAddress
{
    // https://www.iana.org/assignments/iana-ipv4-special-registry and RFC 5771, RFC 1112.
    private static readonly IPNetwork[] NotPublicV4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), // this network
        IPNetwork.Parse("10.0.0.0/8"), // private
        IPNetwork.Parse("100.64.0.0/10"), // carrier NAT; Alibaba metadata
        IPNetwork.Parse("127.0.0.0/8"), // loopback
        IPNetwork.Parse("168.63.129.16/32"), // Azure's platform address: public by number, the host by route
        IPNetwork.Parse("169.254.0.0/16"), // link-local; cloud metadata
        IPNetwork.Parse("172.16.0.0/12"), // private
        IPNetwork.Parse("192.0.0.0/24"), // protocol assignments; Oracle metadata
        IPNetwork.Parse("192.0.2.0/24"), // documentation
        IPNetwork.Parse("192.31.196.0/24"), // AS112
        IPNetwork.Parse("192.52.193.0/24"), // AMT
        IPNetwork.Parse("192.88.99.0/24"), // 6to4 relay
        IPNetwork.Parse("192.168.0.0/16"), // private
        IPNetwork.Parse("192.175.48.0/24"), // AS112
        IPNetwork.Parse("198.18.0.0/15"), // benchmarking
        IPNetwork.Parse("198.51.100.0/24"), // documentation
        IPNetwork.Parse("203.0.113.0/24"), // documentation
        IPNetwork.Parse("224.0.0.0/4"), // multicast
        IPNetwork.Parse("240.0.0.0/4"), // reserved, broadcast
    ];

    // https://www.iana.org/assignments/ipv6-unicast-address-assignments: only 2000::/3 is global unicast. That leaves
    // out ::, ::1, IPv4-mapped, NAT64 (64:ff9b::/96), unique local, link-local, multicast and SRv6.
    private static readonly IPNetwork GlobalUnicastV6 = IPNetwork.Parse("2000::/3");

    // https://www.iana.org/assignments/iana-ipv6-special-registry, the entries inside 2000::/3.
    private static readonly IPNetwork[] NotPublicV6 =
    [
        IPNetwork.Parse("2001::/23"), // protocol assignments: Teredo, benchmarking, ORCHID
        IPNetwork.Parse("2001:db8::/32"), // documentation
        IPNetwork.Parse("2002::/16"), // 6to4: an IPv4 address inside
        IPNetwork.Parse("2620:4f:8000::/48"), // AS112
        IPNetwork.Parse("3ffe::/16"), // 6bone, returned
        IPNetwork.Parse("3fff::/20"), // documentation
    ];

    /// <summary>
    /// Whether the address is a public unicast address. An IPv4 address inside an IPv6 one is never taken out: such
    /// forms are refused.
    /// </summary>
    public static bool Contains(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !NotPublicV4.Any(network => network.Contains(address)),
        // The mapped ones by name: IPNetwork compares them as IPv4 even with an IPv6 network (dotnet/runtime#131861),
        // so that 2000::/3 contains ::ffff:10.0.0.1.
        AddressFamily.InterNetworkV6 => !address.IsIPv4MappedToIPv6
            && address.ScopeId == 0
            && GlobalUnicastV6.Contains(address)
            && !NotPublicV6.Any(network => network.Contains(address)),
        _ => false,
    };
}
