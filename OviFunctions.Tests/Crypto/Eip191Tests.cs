using System.Text;
using OviFunctions.Crypto;

namespace OviFunctions.Tests.Crypto;

public sealed class Eip191Tests
{
    [Theory]
    [InlineData("hello", "50b2c43fd39106bafbba0da34fc430e1f91e3c96ea2acee2bc34119f92b37750")]
    [InlineData("", "5f35dce98ba4fba25530a026ed80b2cecdaa31091ba4958b99b52ea1d068adad")]
    public void Digest_Text_IsThatOfViem(string text, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(Eip191.Digest(Encoding.UTF8.GetBytes(text))));
}
