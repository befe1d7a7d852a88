using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using OviFunctions.Configuration;
using OviFunctions.DevStack.Parts;

namespace OviFunctions.DevStack;

/// <summary>The gateway's settings for this stack: the only place here that knows their names.</summary>
internal static class GatewaySettings
{
    /// <summary>For JSON that people read.</summary>
    internal static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The API key of local.settings.sample.json, which only a gateway on loopback takes.</summary>
    public const string ApiKey = "ovi_dev_key_0123456789abcdef0123456789abcdef";

    /// <summary>The operator's key of local.settings.sample.json, which only a gateway on loopback takes.</summary>
    public const string OperatorKey = "ovi_dev_operator_0123456789abcdef0123456789";

    /// <summary>The Blob container: the default, which the settings leave alone.</summary>
    public static string Container { get; } = new StorageSettings().Container;

    /// <summary>
    /// The settings in our own environment, by their names there. A gateway of the stack must not inherit them: they may name
    /// real accounts.
    /// </summary>
    public static IEnumerable<string> InEnvironment =>
        Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => Sections.Contains(name.Split("__")[0]));

    private static HashSet<string> Sections { get; } =
        new([.. typeof(OviSettings).GetProperties().Select(property => property.Name), "EmbeddedHost"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Settings by their environment names (<c>Section__Key</c>), which Core Tools takes too.</summary>
    public static IReadOnlyDictionary<string, string> For(StackEndpoints endpoints, Uri gateway)
    {
        var settings = new Dictionary<string, string>
        {
            ["AzureWebJobsStorage"] = endpoints.StorageConnectionString,
            ["PublicBaseUrl"] = gateway.GetLeftPart(UriPartial.Authority),
            ["Secrets__Keys__0__Id"] = "dev",
            ["Secrets__Keys__0__Value"] = SecretRules.SampleServerKey,
            ["ApiKeys__0__Id"] = "demo",
            ["ApiKeys__0__Sha256"] = SecretRules.SampleApiKeySha256,
            ["Operator__KeySha256"] = SecretRules.SampleOperatorKeySha256,
            ["Payments__Enabled"] = endpoints.Network is null ? "false" : "true",
        };
        if (endpoints is { Network: { } network, ChainRpc: { } rpc })
        {
            settings["Payments__Network"] = network.V1Name;
            settings["Payments__PayTo"] = DevAccounts.Merchant.Address;
            settings["Payments__RpcUrl"] = rpc.ToString();
            Add(settings, "Payments__Facilitators", endpoints.Facilitators.Select(url => new Dictionary<string, string> { ["__Url"] = url.ToString() }));
            settings["Refunds__Wallets__0__PrivateKey"] = DevAccounts.Refunds.PrivateKey;
        }
        Add(settings, "Providers", endpoints.Providers.Select(account => account.Settings));
        if (endpoints.HedgeDelay is { } delay)
        {
            settings["Routing__Plan"] = nameof(RoutingPlan.Hedge);
            settings["Routing__HedgeDelaySeconds"] = delay.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        }
        Add(settings, "Egress__AllowedHosts", endpoints.AllowedHosts.Select(host => new Dictionary<string, string> { [""] = host }));
        return settings;
    }

    private static void Add(Dictionary<string, string> settings, string list, IEnumerable<IReadOnlyDictionary<string, string>> entries)
    {
        foreach (var (index, entry) in entries.Index())
        {
            foreach (var (name, value) in entry) settings[$"{list}__{index}{name}"] = value;
        }
    }

    /// <summary>
    /// A <c>local.settings.json</c> with these settings, for a gateway on its own. With the usual ports it is, letter for letter,
    /// <c>local.settings.sample.json</c>.
    /// </summary>
    public static string ToLocalSettings(StackEndpoints endpoints, int port)
    {
        var settings = new Dictionary<string, string>
        {
            ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
            ["AzureWebJobsDisableHomepage"] = "true", // ours is at the root, where the Functions host has its own
        };
        foreach (var (name, value) in For(endpoints, Loopback.Url(port))) settings[name] = value;
        return JsonSerializer.Serialize(new { IsEncrypted = false, Host = new { LocalHttpPort = port }, Values = settings }, Indented);
    }
}
