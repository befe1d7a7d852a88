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

    /// <summary>
    /// The accounts of every anvil and hardhat (mnemonic "test test ... junk", m/44'/60'/0'/0/0 to 19), whose private keys are
    /// published.
    /// </summary>
    public static IReadOnlySet<EvmAddress> PublishedAccounts { get; } = new HashSet<EvmAddress>(new[]
    {
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
        "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65", "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
        "0x976EA74026E726554dB657fA54763abd0C3a0aa9", "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
        "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f", "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
        "0xBcd4042DE499D14e55001CcbB24a551F3b954096", "0x71bE63f3384f5fb98995898A86B02Fb2426c5788",
        "0xFABB0ac9d68B0B445fB7357272Ff202C5651694a", "0x1CBd3b2770909D4e10f157cABC84C7264073C9Ec",
        "0xdF3e18d64BC6A983f673Ab319CCaE4f1a57C7097", "0xcd3B766CCDd6AE721141F452C550Ca635964ce71",
        "0x2546BcD3c84621e976D8185a91A922aE77ECEc30", "0xbDA5747bFD65F08deb54cb465eB87D40e51B197E",
        "0xdD2FD4581271e230360230F9337D5c0430Bf44C0", "0x8626f6940E2eb28930eFb4CeF49B2d1F2C9C1199",
    }.Select(EvmAddress.Parse));

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

        if (settings.Payments.Enabled && EvmAddress.TryParse(settings.Payments.PayTo, out var payTo) && PublishedAccounts.Contains(payTo))
            yield return new("Payments:PayTo", "is an address of anvil and hardhat, whose private key everybody knows: the money would be taken. It should be an address of yours.");
        for (var i = 0; i < settings.Refunds.Wallets.Count; i++)
        {
            if (EvmSigner.TryParse(settings.Refunds.Wallets[i].PrivateKey, out var signer) && PublishedAccounts.Contains(signer.Address))
                yield return new($"Refunds:Wallets:{i}:PrivateKey", "is a key of anvil and hardhat, which everybody knows: the money would be taken. It should be the key of a wallet of yours.");
        }
    }
}
