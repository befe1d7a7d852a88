using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Configuration;

/// <summary>How x402 payments are taken.</summary>
public sealed class PaymentSettings : ISettingRules
{
    [Setting("Whether x402 payments are taken; without them only API keys can order.")]
    public bool Enabled { get; set; } = true;

    [Setting("The network on which buyers pay: base or base-sepolia (eip155:8453, eip155:84532).", Example = "base-sepolia")]
    public string? Network { get; set; }

    [Setting("The address that receives the money; one address belongs to one store.", Example = "0x0000000000000000000000000000000000000001")]
    public string? PayTo { get; set; }

    [Setting("A JSON-RPC endpoint of that network; payments are believed when it shows them.", Secret = true, Example = "https://sepolia.base.org")]
    public Uri? RpcUrl { get; set; }

    [Setting("The facilitators, in the order in which they are asked.")]
    public List<FacilitatorSettings> Facilitators { get; set; } = [];

    [Setting("Seconds for which a quote's signature may be valid.", Min = 60, Max = 3600)]
    public int MaxTimeoutSeconds { get; set; } = 600;

    [Setting("Seconds that must be left of an authorization when it is admitted, so that it can still be settled.", Min = 6, Max = 300)]
    public int SettleMarginSeconds { get; set; } = 20;

    [Setting("Seconds that a facilitator may take to say whether a payment is valid, before the next one is asked.", Min = 1, Max = 60)]
    public int FacilitatorVerifyTimeoutSeconds { get; set; } = 5;

    [Setting("Seconds that a facilitator may take to settle; it waits for the transaction, on Base 10 to 28 at worst.", Min = 1, Max = 120)]
    public int FacilitatorTimeoutSeconds { get; set; } = 30;

    [Setting("Seconds for which a request waits for its payment before it is answered with payment_pending.", Min = 1, Max = 60)]
    public int AnswerWaitSeconds { get; set; } = 25;

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (!Enabled) yield break;
        if (Network is null) yield return new(path + "Network", "is missing. It should be base or base-sepolia.");
        else if (!EvmNetwork.TryParse(Network, out _))
            yield return new(path + "Network", $"\"{Network}\" is not known. It should be base or base-sepolia (eip155:8453, eip155:84532).");
        if (PayTo is null) yield return new(path + "PayTo", "is missing. It should be the address that receives the money, 0x and 40 hex digits.");
        else if (!EvmAddress.TryParse(PayTo, out var payTo) || payTo == default)
            yield return new(path + "PayTo", $"\"{PayTo}\" is not an address. It should be 0x and 40 hex digits, not all zero.");
        if (RpcUrl is null) yield return new(path + "RpcUrl", "is missing. It should be a JSON-RPC endpoint of the network: a payment is believed when the chain shows it.");
        if (SettleMarginSeconds >= MaxTimeoutSeconds)
            yield return new(path + "SettleMarginSeconds", $"{SettleMarginSeconds} is not less than MaxTimeoutSeconds ({MaxTimeoutSeconds}): no authorization would live long enough to be taken.");
        if (Facilitators.Count == 0) yield return new(path + "Facilitators:0:Url", "is missing. It should be the base URL of an x402 facilitator, for example https://x402.org/facilitator");
        foreach (var name in Facilitators.Where(f => f.Url is not null).GroupBy(f => f.Name).Where(g => g.Count() > 1).Select(g => g.Key))
            yield return new(path + "Facilitators", $"{name} stands twice; another try at the same one is no second opinion.");
    }
}

/// <summary>One x402 facilitator.</summary>
public sealed class FacilitatorSettings
{
    [Setting("The facilitator's base URL; /verify, /settle and /supported are added to it.", Required = true, Example = "https://x402.org/facilitator")]
    public Uri Url { get; set; } = null!;

    [Setting("A bearer token, if the facilitator wants one.", Secret = true)]
    public string? BearerToken { get; set; }

    [Setting("The x402 version spoken with it, whatever the buyer's: V2, or V1 for one that knows nothing else. Refunds need a V2.")]
    public X402Version Version { get; set; } = X402Version.V2;

    /// <summary>What it is called in logs and records: its address without the scheme.</summary>
    public string Name => Url.Authority + Url.AbsolutePath.TrimEnd('/');
}
