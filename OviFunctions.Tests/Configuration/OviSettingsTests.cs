using OviFunctions.Configuration;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Configuration;

public sealed class OviSettingsTests
{
    private static readonly (string, string?) OwnPayTo = ("Payments:PayTo", "0x000000000000000000000000000000000000dEaD");

    [Fact]
    public void Read_SettingsThatAreRight_AreTaken()
    {
        var settings = TestSettings.Read();

        Assert.True(settings.IsLoopback);
        Assert.Equal(0.42m, settings.Prices.OviImageToVideo);
        Assert.Equal(RoutingPlan.Failover, settings.Routing.Plan);
    }

    [Fact]
    public void Inspect_NothingConfigured_NamesEverythingThatIsNeeded()
    {
        var problems = SettingsReader.Inspect<OviSettings>(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build()).Problems;

        Assert.Equal(
            [
                "PublicBaseUrl", "Secrets:Keys:0", "Payments:Network", "Payments:PayTo", "Payments:RpcUrl", "Payments:Facilitators:0:Url",
                "Providers:0", "Storage:ConnectionString", "Refunds:Wallets:0:PrivateKey",
            ],
            problems.Select(p => p.Key));
    }

    [Fact]
    public void Inspect_ProblemsOfDifferentGroups_AreReportedTogether()
    {
        // A value that cannot be read, a rule of a group, an unknown key, and rules of the whole.
        var problems = TestSettings.Problems(
            ("Jobs:LinkDays", "soon"), ("Payments:PayTo", "alice"), ("Payments:Pay2", "x"), ("PublicBaseUrl", "http://video.example.com"),
            ("Providers:1:Name", "fal"), ("Providers:1:ApiKey", "k"), ("Secrets:Keys:0:Value", SecretRules.SampleServerKey));

        Assert.Equal(
            [
                "Payments:Pay2", "Payments:PayTo", "Jobs:LinkDays", "PublicBaseUrl", "Secrets:Keys:0:Value", "ApiKeys:0:Sha256", "Providers",
            ],
            problems.Select(p => p.Key));
    }

    [Theory]
    [InlineData("https://video.example.com")]
    [InlineData("https://video.example.com/")]
    [InlineData("https://video.example.com:8443")]
    public void Inspect_PublicBaseUrl_OfSchemeAndHostIsTaken(string url) =>
        Assert.Empty(TestSettings.Problems(("PublicBaseUrl", url), ("ApiKeys:0:Sha256", new string('a', 64)), OwnPayTo));

    [Theory]
    [InlineData("http://localhost:7071")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.9.9.9:80")]
    [InlineData("http://[::1]:7071")]
    public void Inspect_PublicBaseUrl_OnLoopbackMayBeHttpWithPublishedKeys(string url) =>
        Assert.Empty(TestSettings.Problems(("PublicBaseUrl", url), ("Secrets:Keys:0:Value", SecretRules.SampleServerKey)));

    [Theory]
    [InlineData("https://video.example.com/api")]
    [InlineData("https://video.example.com/?a=b")]
    [InlineData("https://video.example.com/#a")]
    [InlineData("https://user:hunter2@video.example.com")]
    public void Inspect_PublicBaseUrl_WithMoreThanSchemeAndHostIsNamed(string url)
    {
        var problem = Assert.Single(TestSettings.Problems(("PublicBaseUrl", url), ("ApiKeys:0:Sha256", new string('a', 64)), OwnPayTo));

        Assert.Equal("PublicBaseUrl", problem.Key);
        Assert.Contains("for example, https://video.example.com.", problem.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://video.example.com")]
    [InlineData("http://localhost.example.com")]
    [InlineData("http://10.0.0.1")]
    public void Inspect_PublicBaseUrl_PlainHttpOutsideLoopbackIsNamed(string url) =>
        AssertProblem("PublicBaseUrl", "is plain http", ("PublicBaseUrl", url), ("ApiKeys:0:Sha256", new string('a', 64)), OwnPayTo);

    [Fact]
    public void Inspect_SampleServerKeyOutsideLoopback_IsRefused()
    {
        var problem = Assert.Single(TestSettings.Problems(
            ("PublicBaseUrl", "https://video.example.com"), ("ApiKeys:0:Sha256", new string('a', 64)), OwnPayTo,
            ("Secrets:Keys:1:Id", "k2"), ("Secrets:Keys:1:Value", SecretRules.SampleServerKey)));

        Assert.Equal("Secrets:Keys:1:Value", problem.Key);
        Assert.DoesNotContain(SecretRules.SampleServerKey, problem.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_SampleApiKeyOutsideLoopback_IsRefusedInAnyCase() => AssertProblem(
        "ApiKeys:0:Sha256", "is the sample's key",
        ("PublicBaseUrl", "https://video.example.com"), ("ApiKeys:0:Sha256", SecretRules.SampleApiKeySha256.ToUpperInvariant()), OwnPayTo);

    [Theory]
    [InlineData("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")]
    [InlineData("0x70997970c51812dc3a010c7d01b50e0d17dc79c8")]
    public void Inspect_SamplePayeeOutsideLoopback_IsRefused(string payTo)
    {
        // Its private key is published: whatever a buyer paid would be gone in seconds.
        AssertProblem(
            "Payments:PayTo", "is an address of anvil and hardhat",
            ("PublicBaseUrl", "https://video.example.com"), ("ApiKeys:0:Sha256", new string('b', 64)), ("Payments:PayTo", payTo));
        Assert.Empty(TestSettings.Problems(("Payments:PayTo", payTo)));
    }

    [Fact]
    public void Inspect_NobodyCouldBuy_IsNamed() => AssertProblem(
        "ApiKeys:0:Id", "nobody could buy", ("Payments:Enabled", "false"), ("ApiKeys:0:Id", null), ("ApiKeys:0:Sha256", null));

    [Fact]
    public void Inspect_PaymentsOff_NeedNoPaymentSettings() => Assert.Empty(TestSettings.Problems(
        ("Payments:Enabled", "false"), ("Payments:Network", null), ("Payments:PayTo", null), ("Payments:RpcUrl", null), ("Payments:Facilitators:0:Url", null)));

    [Fact]
    public void Inspect_TwoProvidersOfOneName_AreNamed() =>
        AssertProblem("Providers", "the name \"fal\" stands twice", ("Providers:1:Name", "fal"), ("Providers:1:ApiKey", "other"));

    [Fact]
    public void Inspect_TwoApiKeysOfOneId_AreNamed() =>
        AssertProblem("ApiKeys", "the id \"alice\" stands twice", ("ApiKeys:1:Id", "alice"), ("ApiKeys:1:Sha256", new string('b', 64)));

    [Fact]
    public void Inspect_OneApiKeyForTwoBuyers_IsNamed() => AssertProblem(
        "ApiKeys", "one hash stands twice", ("ApiKeys:1:Id", "bob"), ("ApiKeys:1:Sha256", SecretRules.SampleApiKeySha256.ToUpperInvariant()));

    [Theory]
    [InlineData("abc")]
    [InlineData("09c6b1905a83f0d386dd7fad81d55395675ce04d0a32bbcdd65e0af23ebf693")] // 63
    [InlineData("09c6b1905a83f0d386dd7fad81d55395675ce04d0a32bbcdd65e0af23ebf693z")]
    public void Inspect_ApiKeyHash_IsSixtyFourHexDigits(string hash) => AssertProblem("ApiKeys:0:Sha256", "is not 64 hex digits", ("ApiKeys:0:Sha256", hash));

    [Theory]
    [InlineData("Videos für alle")]
    [InlineData("123456789 123456789 123456789 1234")]
    public void Inspect_ServiceNameThatIndexesRefuse_IsNamed(string name) =>
        AssertProblem("Seller:ServiceName", "is not at most 32 characters of printable ASCII", ("Seller:ServiceName", name));

    [Theory]
    [InlineData("0.4200001", "has more than the six decimals of USDC")]
    [InlineData("0", "is out of range")]
    [InlineData("1000.01", "is out of range")]
    [InlineData("-1", "out of range")]
    public void Inspect_Price_IsAnAmountOfUsdc(string price, string expected) =>
        AssertProblem("Prices:OviImageToVideo", expected, ("Prices:OviImageToVideo", price));

    [Theory]
    [InlineData("Resolution", "640x480", "\"640x480\" is not one of 512x992")]
    [InlineData("Usdc", "0.0000001", "out of range")]
    [InlineData("Usdc", "0.0000011", "more than the six decimals")]
    [InlineData("FromSteps", "51", "out of range")]
    public void Inspect_WrongSurcharge_IsNamed(string setting, string value, string expected)
    {
        var key = $"Prices:OviImageToVideoSurcharges:0:{setting}";
        (string, string?)[] right = [("Prices:OviImageToVideoSurcharges:0:FromSteps", "40"), ("Prices:OviImageToVideoSurcharges:0:Usdc", "0.1")];

        var problem = Assert.Single(TestSettings.Problems([.. right.Where(r => r.Item1 != key), (key, value)]));

        Assert.Equal(key, problem.Key);
        Assert.Contains(expected, problem.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_SurchargeOnEverything_IsRefused() => Assert.Contains(
        TestSettings.Problems(("Prices:OviImageToVideoSurcharges:0:Usdc", "0.1")),
        p => p.Key == "Prices:OviImageToVideoSurcharges:0:FromSteps" && p.Problem.Contains("every job", StringComparison.Ordinal));

    [Fact]
    public void Inspect_FacilitatorTwice_IsNamed() => AssertProblem(
        "Payments:Facilitators", "127.0.0.1:4021 stands twice", ("Payments:Facilitators:1:Url", "http://127.0.0.1:4021/"));

    [Theory]
    [InlineData("0.000001")]
    [InlineData("1000")]
    [InlineData("0.420000")]
    public void Inspect_Price_AtTheEdgeIsTaken(string price) => Assert.Empty(TestSettings.Problems(("Prices:OviImageToVideo", price)));

    [Theory]
    [InlineData("localhost")]
    [InlineData("http://localhost:8090")]
    [InlineData("localhost:8090/path")]
    public void Inspect_AllowedHostWithoutPort_IsNamed(string host) =>
        AssertProblem("Egress:AllowedHosts:1", $"\"{host}\" is not host:port", ("Egress:AllowedHosts:0", "127.0.0.1:8090"), ("Egress:AllowedHosts:1", host));

    private static void AssertProblem(string key, string text, params (string Key, string? Value)[] changes)
    {
        var problem = Assert.Single(TestSettings.Problems(changes));
        Assert.Equal(key, problem.Key);
        Assert.Contains(text, problem.Problem, StringComparison.Ordinal);
    }
}
