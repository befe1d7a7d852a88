using System.Numerics;
using System.Text.Json;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Tests.Payments.Evm;

public sealed class Uint256Tests
{
    private const string Max = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

    [Theory]
    [InlineData("0")]
    [InlineData("420000")]
    [InlineData(Max)]
    public void TryParse_CanonicalDecimals_RoundTrips(string text)
    {
        Assert.True(Uint256.TryParse(text, out var value));
        Assert.Equal(text, value.ToString());
        Span<byte> word = stackalloc byte[32];
        value.WriteBigEndian(word);
        Assert.Equal(value, Uint256.FromBigEndian(word));
        Assert.Equal(value, JsonSerializer.Deserialize<Uint256>(JsonSerializer.Serialize(value)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0420000")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1e6")]
    [InlineData("1.0")]
    [InlineData("1,000")]
    [InlineData("0x1")]
    [InlineData("\u0661")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639936")]
    [InlineData("1000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    public void TryParse_AnythingElse_IsFalse(string? text) => Assert.False(Uint256.TryParse(text, out _));

    [Fact]
    public void WriteBigEndian_SmallNumber_PadsWithZeros()
    {
        Span<byte> word = stackalloc byte[32];
        word.Fill(0xee);
        ((Uint256)0x0102).WriteBigEndian(word);
        Assert.Equal("0000000000000000000000000000000000000000000000000000000000000102", Convert.ToHexString(word));
        ((Uint256)0).WriteBigEndian(word);
        Assert.True(word.IndexOfAnyExcept((byte)0) < 0);
    }

    [Fact]
    public void Constructor_BeyondTheRange_Throws()
    {
        Assert.Throws<OverflowException>(() => new Uint256(-1));
        Assert.Throws<OverflowException>(() => new Uint256(BigInteger.Pow(2, 256)));
    }
}
