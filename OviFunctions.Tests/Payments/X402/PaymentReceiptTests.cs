using System.Text;
using System.Text.Json.Nodes;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.Payments.X402;

public sealed class PaymentReceiptTests
{
    [Theory]
    [InlineData(X402Version.V1, "base")]
    [InlineData(X402Version.V2, "eip155:8453")]
    public void HeaderValue_Settled_NamesTheNetworkInTheBuyersVersion(X402Version version, string network) =>
        Assert.Equal(
            "{\"success\":true,\"transaction\":\"0x" + new string('0', 62) + "07\",\"network\":\"" + network
            + "\",\"payer\":\"0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC\"}",
            Json(PaymentReceipt.Settled(EvmNetwork.Base, Samples.Buyer.Address, Bytes32.Parse("0x" + new string('0', 62) + "07")),
                version));

    [Fact]
    public void HeaderValue_Failed_HasAReasonAndAnEmptyTransaction() =>
        Assert.Equal(
            "{\"success\":false,\"errorReason\":\"insufficient_funds\",\"transaction\":\"\",\"network\":\"eip155:8453\","
            + "\"payer\":\"0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC\"}",
            Json(PaymentReceipt.Failed(EvmNetwork.Base, Samples.Buyer.Address, "insufficient_funds"), X402Version.V2));

    // The reference servers' receipts have the same members with the same values.
    [Theory]
    [InlineData("v1-2-paid-200.json", "X-PAYMENT-RESPONSE", X402Version.V1)]
    [InlineData("v2-2-paid-200.json", "PAYMENT-RESPONSE", X402Version.V2)]
    public void HeaderValue_CapturedSettlement_SaysWhatTheReferenceSaid(string file, string header, X402Version version)
    {
        var captured = JsonNode.Parse(Convert.FromBase64String(Captures.Header(Captures.Read(file).GetProperty("response"), header)!))!;
        var ours = PaymentReceipt.Settled(
            EvmNetwork.Base, EvmAddress.Parse((string)captured["payer"]!), Bytes32.Parse((string)captured["transaction"]!));
        Assert.True(JsonNode.DeepEquals(captured, JsonNode.Parse(Json(ours, version))));
        Assert.Equal(header, X402Headers.ReceiptOf(version));
    }

    private static string Json(PaymentReceipt receipt, X402Version version) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(receipt.HeaderValue(version)));
}
