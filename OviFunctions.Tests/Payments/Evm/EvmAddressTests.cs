using System.Text.Json;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Tests.Payments.Evm;

public sealed class EvmAddressTests
{
    // The checksummed addresses of EIP-55.
    [Theory]
    [InlineData("0x52908400098527886E0F7030069857D2E4169EE7")]
    [InlineData("0x8617E340B3D01FA5F11F306F4090FD50E238070D")]
    [InlineData("0xde709f2102306220921060314715629080e2fb77")]
    [InlineData("0x27b1fdb04752bbc536007a920d24acb045561c26")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [InlineData("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359")]
    [InlineData("0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB")]
    [InlineData("0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb")]
    public void ToChecksumString_AddressOfEip55_GivesItsCase(string text)
    {
        var address = EvmAddress.Parse(text.ToLowerInvariant());
        Assert.Equal(text, address.ToChecksumString());
        Assert.Equal(text.ToLowerInvariant(), address.ToString());
        Assert.Equal(address, EvmAddress.Parse("0x" + text[2..].ToUpperInvariant()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("52908400098527886E0F7030069857D2E4169EE7")]
    [InlineData("0X52908400098527886E0F7030069857D2E4169EE7")]
    [InlineData("0x52908400098527886E0F7030069857D2E4169EE")]
    [InlineData("0x52908400098527886E0F7030069857D2E4169EE70")]
    [InlineData("0x52908400098527886E0F7030069857D2E4169EEG")]
    [InlineData(" 0x52908400098527886E0F7030069857D2E4169EE7")]
    [InlineData("0x52908400098527886E0F7030069857D2E4169E\u0667\u0667")]
    public void TryParse_OtherThan40Digits_IsFalse(string? text) => Assert.False(EvmAddress.TryParse(text, out _));

    [Fact]
    public void Json_Address_IsItsText()
    {
        var address = EvmAddress.Parse("0x52908400098527886E0F7030069857D2E4169EE7");
        Assert.Equal("\"0x52908400098527886e0f7030069857d2e4169ee7\"", JsonSerializer.Serialize(address));
        Assert.Equal(address, JsonSerializer.Deserialize<EvmAddress>(JsonSerializer.Serialize(address)));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<EvmAddress>("\"0x12\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<EvmAddress>("12"));
    }
}
