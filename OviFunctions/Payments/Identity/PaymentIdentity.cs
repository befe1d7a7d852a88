using System.Security.Cryptography;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Payments.Identity;

/// <summary>
/// The id of the job that a payment buys. It is made of bytes, never of text: one authorization can be written in
/// many ways, and all of them have to meet the same job.
/// </summary>
public static class PaymentIdentity
{
    /// <summary>What every job id begins with.</summary>
    public const string Prefix = "job_";

    /// <summary>
    /// <c>job_</c>, 10 digits of the payer, 26 digits (130 bits) of chain, asset, payer and nonce: exactly what the
    /// token contract accepts once.
    /// </summary>
    public static string JobId(EvmNetwork network, EvmAddress payer, Bytes32 nonce)
    {
        Span<byte> content = stackalloc byte[10 + 32 + 20 + 20 + 32];
        "ovi-job-v1"u8.CopyTo(content);
        ((Uint256)network.ChainId).WriteBigEndian(content[10..42]);
        network.Usdc.CopyTo(content[42..]);
        payer.CopyTo(content[62..]);
        nonce.CopyTo(content[82..]);
        return PayerPrefix(payer) + Base32.Encode(SHA256.HashData(content), 26);
    }

    /// <summary>The job id of a payment; null when its network is none of ours, so that no job can exist for it.</summary>
    public static string? JobId(PaymentPayload payment) => EvmNetwork.TryParse(payment.Network, out var network)
        ? JobId(network, payment.Authorization.Transfer.From, payment.Authorization.Transfer.Nonce)
        : null;

    /// <summary>What the ids of all jobs of a wallet begin with.</summary>
    public static string PayerPrefix(EvmAddress payer)
    {
        Span<byte> content = stackalloc byte[12 + 20];
        "ovi-payer-v1"u8.CopyTo(content);
        payer.CopyTo(content[12..]);
        return Prefix + Base32.Encode(SHA256.HashData(content), 10);
    }
}
