using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace OviFunctions.Payments.Evm;

/// <summary>A network on which we sell for USDC. Both x402 spellings name the same network.</summary>
[JsonConverter(typeof(TextJsonConverter<EvmNetwork>))]
public sealed class EvmNetwork : IParsable<EvmNetwork>
{
    private EvmNetwork(string v1Name, Eip712Domain usdcDomain)
    {
        V1Name = v1Name;
        UsdcDomain = usdcDomain;
    }

    /// <summary>Base, chain 8453.</summary>
    public static EvmNetwork Base { get; } = new("base",
        new Eip712Domain("USD Coin", "2", 8453, EvmAddress.Parse("0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913")));

    /// <summary>The test network of Base, chain 84532.</summary>
    public static EvmNetwork BaseSepolia { get; } = new("base-sepolia",
        new Eip712Domain("USDC", "2", 84532, EvmAddress.Parse("0x036CbD53842c5426634e7929541eC2318f3dCF7e")));

    /// <summary>The EIP-155 chain id.</summary>
    public ulong ChainId => UsdcDomain.ChainId;

    /// <summary>The name that x402 version 1 uses, for example <c>base</c>.</summary>
    public string V1Name { get; }

    /// <summary>The CAIP-2 id that x402 version 2 uses, for example <c>eip155:8453</c>.</summary>
    public string CaipId => $"eip155:{ChainId}";

    /// <summary>The USDC contract, the only asset that is taken.</summary>
    public EvmAddress Usdc => UsdcDomain.VerifyingContract;

    /// <summary>What signatures for that USDC are bound to.</summary>
    public Eip712Domain UsdcDomain { get; }

    /// <summary>Reads either spelling, exactly.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EvmNetwork? network)
    {
        network = text == Base.V1Name || text == Base.CaipId ? Base
            : text == BaseSepolia.V1Name || text == BaseSepolia.CaipId ? BaseSepolia
            : null;
        return network is not null;
    }

    /// <inheritdoc cref="TryParse(string?, out EvmNetwork?)"/>
    public static EvmNetwork Parse(string text) => TryParse(text, out var network)
        ? network
        : throw new FormatException("A network is base (eip155:8453) or base-sepolia (eip155:84532).");

    /// <summary>The CAIP-2 id.</summary>
    public override string ToString() => CaipId;

    static EvmNetwork IParsable<EvmNetwork>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<EvmNetwork>.TryParse(string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out EvmNetwork result) =>
        TryParse(s, out result);
}
