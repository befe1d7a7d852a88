using System.Text;
using OviFunctions.Providers;

namespace OviFunctions.Tests.Providers;

public sealed class ProviderJsonTests
{
    [Theory]
    [InlineData("""{"id":"a"}""", "a")]
    [InlineData("""{"id":"a","\ud800 and more":1}""", null)]
    [InlineData("""{"\ud800 and more":1}""", null)]
    [InlineData("""{"id":"\ud800"}""", null)]
    [InlineData("""{"id":7}""", null)]
    [InlineData("""{"id":null}""", null)]
    [InlineData("[]", null)]
    [InlineData("", null)]
    public void GetText_Anything_IsATextOrNothing(string body, string? expected) =>
        Assert.Equal(expected, ProviderJson.ParseObject(Encoding.UTF8.GetBytes(body))?.GetText("id"));

    [Fact]
    public void ParseObject_DeepOrOfAnotherEncoding_IsNothing()
    {
        Assert.Null(ProviderJson.ParseObject(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("""{"a":""", 100_000)))));
        Assert.Null(ProviderJson.ParseObject(Encoding.Unicode.GetBytes("""{"id":"a"}""")));
        Assert.Null(ProviderJson.ParseObject(new byte[] { (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1' }));
    }
}
