using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Configuration;

/// <summary>Accounts at servers of the OpenAI Videos protocol, and prices that cover what they cost.</summary>
public sealed class Sora2SettingsTests
{
    private static readonly (string, string?)[] Account =
    [
        ("Providers:1:Name", "videos"), ("Providers:1:Type", "OpenAiVideos"), ("Providers:1:ApiKey", "k"), ("Providers:1:BaseUrl", "https://videos.example.com/v1"),
    ];

    [Fact]
    public void Inspect_Account_NeedsOnlyItsAddress()
    {
        Assert.Empty(TestSettings.Problems(Account));
        Assert.Empty(TestSettings.Problems([.. Account, ("Providers:1:WebhookSecret", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]));
        var problem = Assert.Single(TestSettings.Problems([.. Account, ("Providers:1:BaseUrl", null)]));
        Assert.Equal("Providers:1:BaseUrl", problem.Key);
        Assert.Contains("https://videos.example.com/v1", problem.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Prices:Sora2:PerSecond", "0.099999", "sora-2 in 1280x720")]
    [InlineData("Prices:Sora2:ProPerSecond", "0.29", "sora-2-pro in 1280x720")]
    [InlineData("Prices:Sora2:Pro1024PerSecond", "0.49", "sora-2-pro in 1792x1024")]
    [InlineData("Prices:Sora2:Pro1080PerSecond", "0.69", "sora-2-pro in 1920x1080")]
    public void Inspect_PriceBelowTheCost_IsNamed(string key, string price, string what)
    {
        var problems = TestSettings.Problems([.. Account, (key, price)]);

        Assert.All(problems, problem => Assert.Equal(key, problem.Key));
        Assert.Contains(what, problems[0].Problem, StringComparison.Ordinal);
        // Without an account nothing is sold.
        Assert.Empty(TestSettings.Problems((key, price)));
    }

    [Fact]
    public void Inspect_PriceBelowTheCostOfOneSizeAtOneAccount_IsNamed()
    {
        (string, string?)[] map =
        [
            .. Account, ("Providers:1:Models:0:Model", "sora-2"), ("Providers:1:Models:0:Size", "720x1280"), ("Providers:1:Models:0:CostUsdPerSecond", "0.27"),
            ("Providers:1:Models:1:Model", "sora-2"), ("Providers:1:Models:1:Name", "wan-2.6"), ("Providers:1:Models:1:CostUsdPerSecond", "0.2625"),
        ];

        var problem = Assert.Single(TestSettings.Problems(map));

        Assert.Equal("Prices:Sora2:PerSecond", problem.Key);
        Assert.Contains("720x1280", problem.Problem, StringComparison.Ordinal);
        Assert.Contains("\"videos\" (0.27 dollars)", problem.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Prices:Sora2:PerSecond", "0.2625001")]
    [InlineData("Prices:Sora2:Pro1080PerSecond", "0")]
    [InlineData("Providers:1:WebhookSecret", "whsec_c2hvcnQ=")]
    [InlineData("Providers:0:WebhookSecret", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")] // fal signs with keys of its own
    [InlineData("Providers:1:Models:0:Model", "sora-3")]
    [InlineData("Providers:1:Models:0:Size", "1080x1920")] // not of sora-2
    [InlineData("Providers:1:Models:0:MaxSeconds", "3")]
    public void Inspect_WrongValue_IsNamed(string key, string value) => Assert.Equal(
        key, Assert.Single(TestSettings.Problems([.. Account, ("Providers:1:Models:0:Model", "sora-2"), (key, value)])).Key);

    [Fact]
    public void Inspect_ModelsOfAnotherProtocol_AreNamed() =>
        Assert.Equal("Providers:0:Models", Assert.Single(TestSettings.Problems(("Providers:0:Models:0:Model", "sora-2"))).Key);

    /// <summary>Every combination that can be ordered, with the prices and costs of the defaults.</summary>
    [Fact]
    public void DefaultPrices_EveryCombination_CoverTwoAttempts()
    {
        var prices = new Sora2PriceSettings();
        var models = OviFunctions.Providers.OpenAiVideos.OpenAiVideosModels.Of(new ProviderSettings());
        foreach (var variant in Sora2.Variants)
            Assert.All(Sora2Size.Of(variant), size => Assert.True(prices.PerSecondOf(variant, size) >= 2 * models.Find(variant, $"{size}")!.CostUsdPerSecond));
    }
}
