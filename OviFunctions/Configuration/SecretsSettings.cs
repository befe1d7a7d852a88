using OviFunctions.Payments.Evm;

namespace OviFunctions.Configuration;

/// <summary>The server keys from which every token, link and webhook secret is derived.</summary>
public sealed class SecretsSettings : ISettingRules
{
    [Setting("The server keys, newest first. Keep old ones for as long as links made with them should work.", Required = true, Example = "Secrets:Keys:0:Id = k1")]
    public List<ServerKeySettings> Keys { get; set; } = [];

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        for (var i = 1; i < Keys.Count; i++)
        {
            if (Keys[i].Id.Length > 0 && Keys.Take(i).Any(earlier => earlier.Id == Keys[i].Id))
                yield return new($"{path}Keys:{i}:Id", $"\"{Keys[i].Id}\" stands twice; every key needs an id of its own, or nobody knows which one made a token.");
        }
    }
}

/// <summary>One server key. <c>dotnet run --project OviFunctions -- new-server-key</c> makes one.</summary>
public sealed class ServerKeySettings : ISettingRules
{
    [Setting("The key's id: 1 to 8 lower-case letters and digits.", Required = true, Example = "k1")]
    public string Id { get; set; } = "";

    [Setting("At least 32 random bytes in base64.", Required = true, Secret = true)]
    public string Value { get; set; } = "";

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (Id.Length is < 1 or > 8 || !Id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)))
            yield return new(path + "Id", $"\"{Id}\" is not a key id: 1 to 8 lower-case letters and digits.");
        var bytes = new byte[Value.Length];
        if (!Convert.TryFromBase64String(Value, bytes, out var length) || length < 32)
            yield return new(path + "Value", "is not at least 32 bytes in base64. `dotnet run --project OviFunctions -- new-server-key` prints one.");
    }
}

/// <summary>What everybody knows and must not be used outside a developer's machine (payments.md section 7).</summary>
internal static class SecretRules
{
    /// <summary>The server key of local.settings.sample.json.</summary>
    public const string SampleServerKey = "c2FtcGxlIGtleSwgbmV2ZXIgdG8gYmUgdXNlZCBpbiBwcm9kdWN0aW9uISE=";

    /// <summary>SHA-256 of the API key of local.settings.sample.json, <c>ovi_dev_key_0123456789abcdef0123456789abcdef</c>.</summary>
    public const string SampleApiKeySha256 = "09c6b1905a83f0d386dd7fad81d55395675ce04d0a32bbcdd65e0af23ebf693b";

    /// <summary>SHA-256 of the operator key of local.settings.sample.json, <c>ovi_dev_operator_0123456789abcdef0123456789</c>.</summary>
    public const string SampleOperatorKeySha256 = "141d40a05ff6064840a03e3fb85ca9f6291be5000faf87e8524b4eacc9f2628e";

    /// <summary>The payee of local.settings.sample.json: the second account of every anvil and hardhat, whose private key is published.</summary>
    public static EvmAddress SamplePayTo { get; } = EvmAddress.Parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

    public static IEnumerable<SettingProblem> Check(OviSettings settings)
    {
        if (settings.PublicBaseUrl is null || settings.IsLoopback) yield break;
        for (var i = 0; i < settings.Secrets.Keys.Count; i++)
        {
            if (settings.Secrets.Keys[i].Value == SampleServerKey)
                yield return new($"Secrets:Keys:{i}:Value", "is the sample's key, which everybody knows. `dotnet run --project OviFunctions -- new-server-key` prints a new one.");
        }

        for (var i = 0; i < settings.ApiKeys.Count; i++)
        {
            if (settings.ApiKeys[i].Sha256.Equals(SampleApiKeySha256, StringComparison.OrdinalIgnoreCase))
                yield return new($"ApiKeys:{i}:Sha256", "is the sample's key, which everybody knows. `dotnet run --project OviFunctions -- new-api-key` prints a new one.");
        }

        if (string.Equals(settings.Operator.KeySha256, SampleOperatorKeySha256, StringComparison.OrdinalIgnoreCase))
            yield return new("Operator:KeySha256", "is the sample's key, which everybody knows. `dotnet run --project OviFunctions -- new-api-key` prints a new one.");

        if (settings.Payments.Enabled && EvmAddress.TryParse(settings.Payments.PayTo, out var payTo) && payTo == SamplePayTo)
            yield return new("Payments:PayTo", "is the sample's address, whose private key everybody knows: the money would be taken. It should be an address of yours.");
    }
}
