using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class InstanceIdsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a#b")]
    [InlineData("a?b")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("@counter@1")]
    public void ThrowIfInvalid_ForbiddenText_Throws(string id) => Assert.Throws<ArgumentException>(() => InstanceIds.ThrowIfInvalid(id));

    [Fact]
    public void ThrowIfInvalid_Length_UpTo256()
    {
        InstanceIds.ThrowIfInvalid(new string('x', 256));
        Assert.Throws<ArgumentException>(() => InstanceIds.ThrowIfInvalid(new string('x', 257)));
    }
}
