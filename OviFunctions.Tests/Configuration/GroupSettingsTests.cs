using OviFunctions.Configuration;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Configuration;

/// <summary>The rules of payments, providers, storage and server keys.</summary>
public sealed class GroupSettingsTests
{
    [Theory]
    [InlineData("base")]
    [InlineData("base-sepolia")]
    [InlineData("eip155:8453")]
    [InlineData("eip155:84532")]
    public void Inspect_KnownNetwork_IsTaken(string network) => Assert.Empty(TestSettings.Problems(("Payments:Network", network)));

    [Theory]
    [InlineData("ethereum")]
    [InlineData("Base")]
    [InlineData("8453")]
    public void Inspect_OtherNetwork_IsNamed(string network) => AssertProblem("Payments:Network", $"\"{network}\" is not known", ("Payments:Network", network));

    [Theory]
    [InlineData("0x0000000000000000000000000000000000000000")] // money that nobody can ever move
    [InlineData("0x70997970C51812dc3A010C7d01b50e0d17dc79C")]
    [InlineData("70997970C51812dc3A010C7d01b50e0d17dc79C8")]
    [InlineData("alice.eth")]
    public void Inspect_PayTo_IsAnAddress(string payTo) => AssertProblem("Payments:PayTo", "is not an address", ("Payments:PayTo", payTo));

    [Theory]
    [InlineData("Payments:Network", "Payments:Network")]
    [InlineData("Payments:PayTo", "Payments:PayTo")]
    [InlineData("Payments:RpcUrl", "Payments:RpcUrl")]
    [InlineData("Payments:Facilitators:0:Url", "Payments:Facilitators:0:Url")]
    public void Inspect_PaymentsOnWithout_IsNamed(string removed, string key) => AssertProblem(key, "is missing", (removed, null));

    [Fact]
    public void Inspect_FacilitatorWithoutUrl_IsNamed() =>
        AssertProblem("Payments:Facilitators:1:Url", "is missing", ("Payments:Facilitators:1:BearerToken", "t"));

    [Fact]
    public void Inspect_RpcUrlThatIsNone_IsNamedWithoutItsKey()
    {
        var problem = Assert.Single(TestSettings.Problems(("Payments:RpcUrl", "wss://node.example.com/v2/hunter2")));

        Assert.Equal("Payments:RpcUrl", problem.Key);
        Assert.DoesNotContain("hunter2", problem.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_MarginThatNoAuthorizationCanHave_IsNamed() => AssertProblem(
        "Payments:SettleMarginSeconds", "no authorization would live long enough",
        ("Payments:MaxTimeoutSeconds", "60"), ("Payments:SettleMarginSeconds", "60"));

    [Fact]
    public void Inspect_OnDeliveryWithAuthorizationsThatEndBeforeTheirJobs_IsNamed()
    {
        AssertProblem("Payments:MaxTimeoutSeconds", "at least 1560", ("OnDelivery:Enabled", "true"), ("Payments:MaxTimeoutSeconds", "1559"));
        Assert.Empty(TestSettings.Problems(("OnDelivery:Enabled", "true"), ("Payments:MaxTimeoutSeconds", "1560")));
    }

    [Fact]
    public void Inspect_CapOfOnePayerAboveTheCapOfAll_IsNamed() =>
        AssertProblem("OnDelivery:PayerExposureUsdc", "more than TotalExposureUsdc", ("OnDelivery:PayerExposureUsdc", "20.5"));

    [Fact]
    public void Inspect_CapWithTooManyDecimals_IsNamed() =>
        AssertProblem("OnDelivery:TotalExposureUsdc", "six decimals", ("OnDelivery:TotalExposureUsdc", "5.0000001"));

    [Theory]
    [InlineData("Fal")]
    [InlineData("my fal")]
    [InlineData("fal/2")] // it stands in the callback's path
    [InlineData("a23456789012345678901234567890123")]
    public void Inspect_ProviderName_IsAWord(string name) => AssertProblem("Providers:0:Name", "is not a provider name", ("Providers:0:Name", name));

    [Fact]
    public void Inspect_ProviderWithoutKey_IsNamed() => AssertProblem("Providers:0:ApiKey", "is missing", ("Providers:0:ApiKey", null));

    [Theory]
    [InlineData("BaseUrl", "key travels")]
    [InlineData("JwksUrl", "sign callbacks")]
    public void Inspect_ProviderOverPlainHttp_IsRefusedOutsideLoopback(string setting, string why)
    {
        AssertProblem($"Providers:0:{setting}", why, ($"Providers:0:{setting}", "http://queue.fal.run"));
        Assert.Empty(TestSettings.Problems(($"Providers:0:{setting}", "http://127.0.0.1:8090")));
        Assert.Empty(TestSettings.Problems(($"Providers:0:{setting}", "https://queue.fal.run")));
    }

    [Fact]
    public void Inspect_DelayThatIsNoNumber_IsRefused() => AssertProblem("Routing:HedgeDelaySeconds", "out of range", ("Routing:HedgeDelaySeconds", "NaN"));

    [Theory]
    [InlineData("ab")]
    [InlineData("Videos")]
    [InlineData("-videos")]
    [InlineData("videos-")]
    [InlineData("my--videos")]
    [InlineData("my_videos")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234")] // 64
    public void Inspect_ContainerNameThatStorageRefuses_IsNamed(string name) =>
        AssertProblem("Storage:Container", "is not a container name", ("Storage:Container", name));

    [Theory]
    [InlineData("abc")]
    [InlineData("my-videos-2")]
    [InlineData("a23456789012345678901234567890123456789012345678901234567890123")] // 63
    public void Inspect_ContainerName_IsTaken(string name) => Assert.Empty(TestSettings.Problems(("Storage:Container", name)));

    [Fact]
    public void Inspect_TwoWaysToStorage_AreNamed() => AssertProblem(
        "Storage:AccountUrl", "only one of them",
        ("Storage:ConnectionString", "UseDevelopmentStorage=true"), ("Storage:AccountUrl", "https://account.blob.core.windows.net"));

    [Fact]
    public void Inspect_AccountUrl_NeedsNoConnectionString()
    {
        Assert.Empty(TestSettings.Problems(("Storage:AccountUrl", "https://account.blob.core.windows.net")));
        Assert.Empty(TestSettings.Problems(("Storage:AccountUrl", "https://account.blob.core.windows.net"), ("AzureWebJobsStorage", null)));
    }

    [Theory]
    [InlineData(null, "is missing, and so is AzureWebJobsStorage")]
    [InlineData("AccountName=x;AccountKey=hunter2", "cannot be read")]
    [InlineData("hunter2", "cannot be read")]
    public void Inspect_StorageWithoutAUsableConnection_IsNamedBeforeTheStart(string? connection, string expected)
    {
        var problem = Assert.Single(TestSettings.Problems(("AzureWebJobsStorage", null), ("Storage:ConnectionString", connection)));

        Assert.Equal("Storage:ConnectionString", problem.Key);
        Assert.Contains(expected, problem.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_HostsStorageThatCannotBeRead_IsNamed() => AssertProblem("AzureWebJobsStorage", "cannot be read", ("AzureWebJobsStorage", "hunter2"));

    [Theory]
    [InlineData("")]
    [InlineData("K1")]
    [InlineData("k_1")] // the underscore ends the id in a job token
    [InlineData("k.1")] // the point ends it in a callback token
    [InlineData("k12345678")]
    public void Inspect_ServerKeyId_IsShortAndPlain(string id) => AssertProblem("Secrets:Keys:0:Id", "", ("Secrets:Keys:0:Id", id));

    [Theory]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==")] // 31 bytes
    [InlineData("not base64 but long enough for thirty-two bytes of it")]
    public void Inspect_ServerKey_IsAtLeast32BytesInBase64(string value)
    {
        var problem = Assert.Single(TestSettings.Problems(("Secrets:Keys:0:Value", value)));

        Assert.Equal("Secrets:Keys:0:Value", problem.Key);
        Assert.DoesNotContain(value, problem.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_TwoServerKeysOfOneId_AreNamed() =>
        AssertProblem("Secrets:Keys:1:Id", "\"k1\" stands twice", ("Secrets:Keys:1:Id", "k1"), ("Secrets:Keys:1:Value", SecretRules.SampleServerKey));

    private static void AssertProblem(string key, string text, params (string Key, string? Value)[] changes)
    {
        var problem = Assert.Single(TestSettings.Problems(changes));
        Assert.Equal(key, problem.Key);
        Assert.Contains(text, problem.Problem, StringComparison.Ordinal);
    }
}
