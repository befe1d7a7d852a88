using System.Text.Json;
using OviFunctions.DevStack.Installation;

namespace OviFunctions.Tests.Composition;

/// <summary>What the executable says when it cannot start.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData]
    [InlineData("check")]
    public async Task Start_WithoutSettings_NamesEachThatIsNeeded(params string[] arguments)
    {
        var (code, output) = await GatewayRun.RunAsync("""{ "Values": {} }""", arguments);

        Assert.Equal(1, code);
        foreach (var key in new[]
        {
            "PublicBaseUrl", "Storage:ConnectionString", "Secrets:Keys:0", "Payments:Network", "Payments:PayTo", "Payments:RpcUrl",
            "Payments:Facilitators:0:Url", "Providers:0",
        })
            Assert.Contains($"  {key}: is missing", output, StringComparison.Ordinal);
        AssertNoStackTrace(output);
    }

    [Fact]
    public async Task Start_WithWrongSettings_SaysOfEachWhatItShouldBe()
    {
        var (code, output) = await GatewayRun.RunAsync(Sample(
            ("PublicBaseUrl", "video.example.com"),
            ("AzureWebJobsStorage", "nonsense"),
            ("Payments__PayTo", "0x12"),
            ("Payments__Facilitator__Url", "http://127.0.0.1"),
            ("Jobs__LinkDays", "0"),
            ("Routing__Plan", "Later"),
            ("Providers__0__ApiKey", "")));

        Assert.Equal(1, code);
        Assert.Contains("PublicBaseUrl: \"video.example.com\" is not an http or https URL", output, StringComparison.Ordinal);
        Assert.Contains("AzureWebJobsStorage: cannot be read. It should be", output, StringComparison.Ordinal);
        Assert.Contains("Payments:PayTo: \"0x12\" is not an address. It should be", output, StringComparison.Ordinal);
        Assert.Contains("Payments:Facilitator: is not a setting. Under Payments there are: ", output, StringComparison.Ordinal);
        Assert.Contains("Jobs:LinkDays: 0 is out of range: it should be 1 to 3650", output, StringComparison.Ordinal);
        Assert.Contains("Routing:Plan: \"Later\" is not one of Failover, Hedge, Race", output, StringComparison.Ordinal);
        Assert.Contains("Providers:0:ApiKey: is missing", output, StringComparison.Ordinal);
        AssertNoStackTrace(output);
    }

    [Fact]
    public async Task Start_WithTheSamplesKeysOutsideLoopback_IsRefused()
    {
        var (code, output) = await GatewayRun.RunAsync(Sample(("PublicBaseUrl", "https://video.example.com")));

        Assert.Equal(1, code);
        Assert.Contains("Secrets:Keys:0:Value: is the sample's key, which everybody knows.", output, StringComparison.Ordinal);
        Assert.Contains("ApiKeys:0:Sha256: is the sample's key, which everybody knows.", output, StringComparison.Ordinal);
        Assert.Contains("Payments:PayTo: is an address of anvil and hardhat, whose private key everybody knows", output, StringComparison.Ordinal);
        Assert.Contains("Refunds:Wallets:0:PrivateKey: is a key of anvil and hardhat, which everybody knows", output, StringComparison.Ordinal);
        AssertNoStackTrace(output);
    }

    [Fact]
    public async Task Start_IdentityWhereThereIsNone_SaysWhatToSetInstead()
    {
        var (code, output) = await GatewayRun.RunAsync(Sample(("Storage__AccountUrl", "https://account.blob.core.windows.net")), "check");

        Assert.Equal(1, code);
        Assert.Contains("Set Storage:ConnectionString instead.", output, StringComparison.Ordinal);
        AssertNoStackTrace(output);
    }

    /// <summary>The sample with some values changed.</summary>
    private static string Sample(params (string Name, string Value)[] changes)
    {
        var sample = JsonElement.Parse(File.ReadAllText(Path.Combine(RepositoryFolders.Root, "local.settings.sample.json")));
        var values = sample.GetProperty("Values").EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString()!);
        foreach (var (name, value) in changes) values[name] = value;
        return JsonSerializer.Serialize(new { Values = values });
    }

    private static void AssertNoStackTrace(string output) => Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
}
