using OviFunctions.Configuration;
using OviFunctions.DevStack.Parts;

namespace OviFunctions.DevStack;

/// <summary>
/// Where the gateway finds the parts. A test puts a fault proxy between by replacing an address:
/// <c>stack.Endpoints with { Facilitators = [proxy.Url] }</c>.
/// </summary>
internal sealed record StackEndpoints
{
    /// <summary>The storage account.</summary>
    public required string StorageConnectionString { get; init; }

    /// <summary>The network that the local chain stands in for; null without a chain.</summary>
    public ChainNetwork? Network { get; init; }

    /// <summary>The chain's JSON-RPC; null without a chain.</summary>
    public Uri? ChainRpc { get; init; }

    /// <summary>The facilitators, the preferred one first.</summary>
    public IReadOnlyList<Uri> Facilitators { get; init; } = [];

    /// <summary>The provider accounts, in the order of the gateway's plan.</summary>
    public IReadOnlyList<ProviderEndpoint> Providers { get; init; } = [];

    /// <summary>After how long the second account is asked too; null for only when the first one has failed.</summary>
    public TimeSpan? HedgeDelay { get; init; }

    /// <summary>Parts on loopback to which the gateway may be sent by buyers and providers, as <c>host:port</c>.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];
}

/// <summary>One account at the simulated fal.</summary>
internal sealed record ProviderEndpoint(string Name, Uri QueueUrl, Uri JwksUrl, string Key, string WebhookUserId)
{
    /// <summary>Its settings by the ends of their environment names.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["__Name"] = Name,
        ["__Type"] = nameof(ProviderType.Fal),
        ["__ApiKey"] = Key,
        ["__BaseUrl"] = QueueUrl.ToString(),
        ["__JwksUrl"] = JwksUrl.ToString(),
        ["__WebhookUserId"] = WebhookUserId,
    };
}
