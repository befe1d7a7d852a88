using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Configuration;

/// <summary>How money goes back.</summary>
public sealed class RefundSettings : ISettingRules
{
    [Setting("The wallets that pay refunds, the current one first; another one pays only what the ones before it cannot pay any more.")]
    public List<RefundWalletSettings> Wallets { get; set; } = [];

    [Setting("Percent that goes back when the provider refuses the input.", Min = 1, Max = 100)]
    public int InvalidInputPercent { get; set; } = 100;

    [Setting("Percent that goes back when the provider's content policy refuses the order.", Min = 1, Max = 100)]
    public int ContentPolicyPercent { get; set; } = 100;

    [Setting("Days for which a signed refund can be redeemed; afterwards it is signed anew.", Min = 1, Max = 365)]
    public int VoucherDays { get; set; } = 30;

    [Setting("Minutes after which a refund that no facilitator carried out is shown to the buyer as a voucher, for anybody to redeem.", Min = 0, Max = 10080)]
    public int VoucherAfterMinutes { get; set; } = 15;

    [Setting("The most that is refunded in a day (UTC), in USDC; the rest waits for the next day, and orders that could not be refunded today are not taken.", Min = 1, Max = 1_000_000)]
    public decimal DayCapUsdc { get; set; } = 1000;

    [Setting("The most that goes back in a day (UTC) to those who paid without an order, in USDC; a cap of its own, so that no stranger can use up that of the buyers.", Min = 1, Max = 1_000_000)]
    public decimal NoOrderDayCapUsdc { get; set; } = 50;

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (Usdc.WhyTooPrecise(path + nameof(DayCapUsdc), DayCapUsdc) is { } tooPrecise) yield return tooPrecise;
        if (Usdc.WhyTooPrecise(path + nameof(NoOrderDayCapUsdc), NoOrderDayCapUsdc) is { } noOrderTooPrecise) yield return noOrderTooPrecise;
        var signers = Wallets.Select(wallet => EvmSigner.TryParse(wallet.PrivateKey, out var signer) ? signer.Address : (EvmAddress?)null).ToList();
        for (var i = 0; i < signers.Count; i++)
        {
            if (signers[i] is { } address && signers.Take(i).Contains(address))
                yield return new($"{path}Wallets:{i}:PrivateKey", $"is that of {address.ToChecksumString()}, which stands in the list already.");
        }
    }
}

/// <summary>A wallet that pays refunds. It holds USDC and needs no ETH.</summary>
public sealed class RefundWalletSettings : ISettingRules
{
    [Setting("The wallet's private key, 0x and 64 hex digits.", Required = true, Secret = true)]
    public string PrivateKey { get; set; } = "";

    IEnumerable<SettingProblem> ISettingRules.Check(string path)
    {
        if (!EvmSigner.TryParse(PrivateKey, out _))
            yield return new(path + "PrivateKey", "is not a private key: 0x and 64 hex digits, not zero and below the order of secp256k1.");
    }
}
