using Microsoft.Extensions.Configuration;
using OviFunctions.Configuration;

namespace OviFunctions.Tests.Support;

/// <summary>The settings of a gateway that may start: on loopback, selling for test USDC and to one API key.</summary>
internal static class TestSettings
{
    /// <summary>An API key whose hash is in the settings.</summary>
    public const string ApiKey = "ovi_dev_key_0123456789abcdef0123456789abcdef";

    /// <summary>32 bytes in base64 that are nobody's published key.</summary>
    public const string ServerKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    /// <summary>A refund wallet's key that is nobody's published one.</summary>
    public const string RefundKey = "0x0101010101010101010101010101010101010101010101010101010101010101";

    /// <summary>As from a file; a null value takes a key away.</summary>
    public static IConfigurationRoot Configuration(params (string Key, string? Value)[] changes)
    {
        var values = new Dictionary<string, string?>
        {
            ["PublicBaseUrl"] = "http://127.0.0.1:7071",
            ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
            ["Secrets:Keys:0:Id"] = "k1",
            ["Secrets:Keys:0:Value"] = ServerKey,
            ["ApiKeys:0:Id"] = "alice",
            ["ApiKeys:0:Sha256"] = SecretRules.SampleApiKeySha256,
            ["Payments:Network"] = "base",
            ["Payments:PayTo"] = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            ["Payments:RpcUrl"] = "http://127.0.0.1:8545",
            ["Payments:Facilitators:0:Url"] = "http://127.0.0.1:4021",
            ["Refunds:Wallets:0:PrivateKey"] = RefundKey,
            ["Providers:0:Name"] = "fal",
            ["Providers:0:ApiKey"] = "fal-secret",
        };
        foreach (var (key, value) in changes)
        {
            if (value is null) values.Remove(key);
            else values[key] = value;
        }

        return new ConfigurationBuilder().AddInMemoryCollection(values).Build();
    }

    public static OviSettings Read(params (string Key, string? Value)[] changes) => SettingsReader.Read<OviSettings>(Configuration(changes));

    /// <summary>What is wrong with the settings after these changes.</summary>
    public static IReadOnlyList<SettingProblem> Problems(params (string Key, string? Value)[] changes) =>
        SettingsReader.Inspect<OviSettings>(Configuration(changes)).Problems;
}
