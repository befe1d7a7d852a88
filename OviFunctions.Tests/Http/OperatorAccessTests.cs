using OviFunctions.Configuration;
using OviFunctions.DevStack;
using OviFunctions.Http;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http;

/// <summary>Who may operate the store.</summary>
public sealed class OperatorAccessTests
{
    [Fact]
    public void WhyRefused_TheKey_IsNot() => Assert.Null(Refused($"Bearer {GatewaySettings.OperatorKey}"));

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer ")]
    [InlineData("Bearer x")]
    [InlineData("Bearer " + TestSettings.ApiKey)]
    [InlineData("Bearer " + SecretRules.SampleOperatorKeySha256)]
    [InlineData(GatewaySettings.OperatorKey)]
    public void WhyRefused_AnythingElse_Is401(string? header) => Assert.Equal((401, "operator_key_needed"), (Refused(header)?.Status, Refused(header)?.Code));

    [Fact]
    public void WhyRefused_NoKeyConfigured_IsNothingThere() =>
        Assert.Equal(404, Refused($"Bearer {GatewaySettings.OperatorKey}", hash: null)?.Status);

    [Theory]
    [InlineData("", "is set and empty")]
    [InlineData(" ", "is set and empty")]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "is the hash of an empty key")]
    [InlineData("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", "is the hash of an empty key")]
    [InlineData("abc", "is not 64 hex digits")]
    public void Inspect_KeyThatIsNone_IsRefusedAtStart(string hash, string expected)
    {
        var problem = Assert.Single(TestSettings.Problems(("Operator:KeySha256", hash)));

        Assert.Equal("Operator:KeySha256", problem.Key);
        Assert.Contains(expected, problem.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_SampleKeyOutsideLoopback_IsRefused()
    {
        (string, string?)[] outside =
        [
            ("PublicBaseUrl", "https://video.example.com"), ("ApiKeys:0:Sha256", new string('a', 64)),
            ("Payments:PayTo", "0x000000000000000000000000000000000000dEaD"), ("Operator:KeySha256", SecretRules.SampleOperatorKeySha256.ToUpperInvariant()),
        ];

        Assert.Equal("Operator:KeySha256", Assert.Single(TestSettings.Problems(outside)).Key);
        Assert.Empty(TestSettings.Problems(("Operator:KeySha256", SecretRules.SampleOperatorKeySha256)));
    }

    private static Problem? Refused(string? header, string? hash = SecretRules.SampleOperatorKeySha256)
    {
        var exchange = header is null ? new HttpExchange() : new HttpExchange("GET", "/", ("Authorization", header));
        return new OperatorAccess(TestSettings.Read(("Operator:KeySha256", hash))).WhyRefused(exchange.Request);
    }
}
