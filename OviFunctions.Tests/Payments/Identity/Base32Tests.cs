using System.Text;
using OviFunctions.Payments.Identity;

namespace OviFunctions.Tests.Payments.Identity;

public sealed class Base32Tests
{
    // RFC 4648 section 10, in lower case without the padding.
    [Theory]
    [InlineData("f", "my")]
    [InlineData("fo", "mzxq")]
    [InlineData("foo", "mzxw6")]
    [InlineData("foob", "mzxw6yq")]
    [InlineData("fooba", "mzxw6ytb")]
    [InlineData("foobar", "mzxw6ytboi")]
    public void Encode_VectorOfTheRfc_GivesItsText(string text, string expected) =>
        Assert.Equal(expected, Base32.Encode(Encoding.ASCII.GetBytes(text), expected.Length));

    [Fact]
    public void Encode_MoreDigitsThanThereAre_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Base32.Encode("f"u8, 3));
}
