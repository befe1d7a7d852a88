using OviFunctions.Configuration;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Payments;

/// <summary>Where the money goes: network and payee of this store, and what follows for one price.</summary>
public sealed class Till
{
    private readonly PaymentSettings _settings;

    /// <param name="settings">Validated settings with payments enabled.</param>
    public Till(PaymentSettings settings)
    {
        _settings = settings;
        Network = EvmNetwork.Parse(settings.Network!);
        PayTo = EvmAddress.Parse(settings.PayTo!);
    }

    public EvmNetwork Network { get; }

    public EvmAddress PayTo { get; }

    /// <summary>The network's name in a version's spelling.</summary>
    public string NetworkName(X402Version version) => version == X402Version.V1 ? Network.V1Name : Network.CaipId;

    /// <summary>What is demanded for a price in atomic units.</summary>
    public PaymentRequirement Require(long priceAtomic) => new(Network, PayTo, (ulong)priceAtomic, _settings.MaxTimeoutSeconds);
}
