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
}
