using System.Globalization;
using System.Text.Json;
using OviFunctions.DevStack.Parts;

namespace OviFunctions.DevStack;

/// <summary>The gateway's settings for this stack: the only place here that knows their names.</summary>
internal static class GatewaySettings
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The demo's API key, for runs without a chain.</summary>
    public const string ApiKey = "ovi_dev_0123456789abcdef0123456789abcdef";

    /// <summary>Settings by their environment names (<c>Section__Key</c>), which Core Tools takes too.</summary>
    public static IReadOnlyDictionary<string, string> For(StackEndpoints endpoints)
    {
        var settings = new Dictionary<string, string>
        {
            ["AzureWebJobsStorage"] = endpoints.StorageConnectionString,
            ["ApiKeys__0__Id"] = "demo",
            ["ApiKeys__0__Key"] = ApiKey,
        };
        if (endpoints is not { Network: { } network, ChainRpc: { } rpc }) return settings;

        settings["Payments__ChainId"] = network.Id.ToString(CultureInfo.InvariantCulture);
        settings["Payments__RpcUrl"] = rpc.ToString();
        settings["Payments__PayTo"] = DevAccounts.Merchant.Address;
        for (var i = 0; i < endpoints.Facilitators.Count; i++)
        {
            settings[$"Payments__Facilitators__{i}__Name"] = $"local-{i + 1}";
            settings[$"Payments__Facilitators__{i}__BaseUrl"] = endpoints.Facilitators[i].ToString();
        }
        settings["Refunds__PrivateKey"] = DevAccounts.Refunds.PrivateKey;
        return settings;
    }

    /// <summary>A <c>local.settings.json</c> with these settings.</summary>
    public static string ToLocalSettings(StackEndpoints endpoints) => JsonSerializer.Serialize(
        new
        {
            IsEncrypted = false,
            Values = new Dictionary<string, string>(For(endpoints)) { ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated" },
        },
        Indented);
}
