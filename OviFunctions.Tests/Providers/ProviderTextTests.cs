using OviFunctions.Providers;

namespace OviFunctions.Tests.Providers;

public sealed class ProviderTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("  ", "")]
    [InlineData("invalid key credentials", "invalid key credentials")]
    [InlineData("line\r\nbreak\u0000", "line  break")]
    [InlineData("my-secret and my-secret", "[secret] and [secret]")]
    [InlineData("Authorization: Key 0f0f0f0f-1111-2222-3333-444444444444:abcdef0123", "Authorization: [secret]")]
    [InlineData("Authorization: Bearer abcdefgh.ijkl", "Authorization: [secret]")]
    [InlineData("could not read https://x.example/a/b?sig=abc&exp=1, sorry", "could not read https://x.example/a/b?[query] sorry")]
    [InlineData("bad https%3A%2F%2Fx.example%2Fa%3Fe%3D1%26s%3Dabc!", "bad https%3A%2F%2Fx.example%2Fa?[query]")]
    [InlineData("bad webhook https://x.example/v1/callbacks/fal-2/aB0_-c.d~e, sorry", "bad webhook https://x.example/v1/callbacks/fal-2/[secret], sorry")]
    [InlineData("?fal_webhook=https%3A%2F%2Fx.example%2Fv1%2Fcallbacks%2Ffal-2%2FaB0_-c", "?fal_webhook=https%3A%2F%2Fx.example%2Fv1%2Fcallbacks%2Ffal-2%2F[secret]")]
    [InlineData("see https://docs.fal.ai/errors/#one_of", "see https://docs.fal.ai/errors/#one_of")]
    public void Clean_Text_KeepsWhatIsSafe(string? text, string expected) =>
        Assert.Equal(expected, ProviderText.Clean(text, "my-secret", ""));

    [Fact]
    public void Clean_LongText_IsCutTo500()
    {
        var clean = ProviderText.Clean(new string('a', 100_000));

        Assert.Equal(500, clean.Length);
        Assert.EndsWith("…", clean, StringComparison.Ordinal);
    }

    [Fact]
    public void Clean_CutWithinASurrogatePair_LeavesNoHalf()
    {
        var clean = ProviderText.Clean(new string('a', 498) + "😀😀😀");

        Assert.DoesNotContain(clean, char.IsSurrogate);
    }

    [Fact]
    public void Clean_SecretAcrossTheCut_IsRemovedWhole()
    {
        var clean = ProviderText.Clean(new string('a', 997) + "my-secret", "my-secret");

        Assert.DoesNotContain("my", clean, StringComparison.Ordinal);
    }

    [Fact]
    public void CleanCode_LongCode_IsCut() => Assert.Equal(80, ProviderText.CleanCode(new string('c', 200))!.Length);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\t")]
    public void CleanCode_Nothing_IsNull(string? code) => Assert.Null(ProviderText.CleanCode(code));
}
