using System.Text.Json.Nodes;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.X402;

/// <summary>The settlement object that a buyer gets back (x402 specification, section 5.3), in the version he paid in.</summary>
/// <param name="Network">The network.</param>
/// <param name="Payer">Who paid.</param>
/// <param name="Transaction">The transaction; null when there is none.</param>
/// <param name="ErrorReason">Why it failed; null when it did not.</param>
public sealed record PaymentReceipt(EvmNetwork Network, EvmAddress Payer, Bytes32? Transaction, string? ErrorReason)
{
    /// <summary>The money moved in <paramref name="transaction"/>.</summary>
    public static PaymentReceipt Settled(EvmNetwork network, EvmAddress payer, Bytes32 transaction) =>
        new(network, payer, transaction, null);

    /// <summary>The money did not move.</summary>
    /// <param name="network">The network.</param>
    /// <param name="payer">Who wanted to pay.</param>
    /// <param name="errorReason">A code.</param>
    public static PaymentReceipt Failed(EvmNetwork network, EvmAddress payer, string errorReason) => new(network, payer, null, errorReason);

    /// <summary>The value of <see cref="X402Headers.ReceiptOf"/>. Equal receipts have equal bytes.</summary>
    public string HeaderValue(X402Version version)
    {
        var receipt = new JsonObject { ["success"] = ErrorReason is null };
        if (ErrorReason is not null) receipt["errorReason"] = ErrorReason;
        receipt["transaction"] = Transaction?.ToString() ?? "";
        receipt["network"] = version == X402Version.V1 ? Network.V1Name : Network.CaipId;
        receipt["payer"] = Payer.ToChecksumString();
        return X402Json.Header(receipt);
    }
}
