using System.Net;
using OviFunctions.Http.RateLimits;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http.RateLimits;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData(0, "198.51.100.1", "10.0.0.9")] // nobody is trusted: what a client says of himself counts for nothing
    [InlineData(1, "198.51.100.1", "198.51.100.1")]
    [InlineData(1, "1.1.1.1, 198.51.100.1", "198.51.100.1")] // the first entry is what the client sent
    [InlineData(2, "1.1.1.1, 198.51.100.1, 10.0.0.8", "198.51.100.1")]
    [InlineData(2, "198.51.100.1", "198.51.100.1")]
    [InlineData(1, "198.51.100.1:51234", "198.51.100.1")]
    [InlineData(1, "[2001:db8:1:2:3:4:5:6]:443", "20010db800010002")]
    [InlineData(1, "::ffff:198.51.100.1", "198.51.100.1")]
    [InlineData(1, "unknown", "10.0.0.9")]
    [InlineData(1, "", "10.0.0.9")]
    public void Of_RequestOverProxies_IsTheAddressThatTheOutermostTrustedOneSaw(int trusted, string forwarded, string expected) =>
        Assert.Equal(expected, Of("10.0.0.9", trusted, ("X-Forwarded-For", forwarded)));

    [Fact]
    public void Of_SeveralForwardedHeaders_AreOneList() =>
        Assert.Equal("198.51.100.1", Of("10.0.0.9", 1, ("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "198.51.100.1")));

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("198.51.100.1", "::ffff:198.51.100.1", true)]
    [InlineData("198.51.100.1", "198.51.100.2", false)]
    public void Of_TwoAddresses_AreOneClientIfTheyShareAnIpv6Network(string one, string other, bool same) =>
        Assert.Equal(same, Of(one, 0) == Of(other, 0));

    private static string Of(string connection, int trusted, params (string Name, string Value)[] headers)
    {
        var exchange = new HttpExchange("GET", "/", headers);
        exchange.Context.Connection.RemoteIpAddress = IPAddress.Parse(connection);
        return ClientAddress.Of(exchange.Context, trusted);
    }
}
