using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>A 402 as a client reads it: version 2 from the header, version 1 from the body.</summary>
internal sealed class Quote(Answer answer)
{
    /// <summary>Version 2: the decoded <c>PAYMENT-REQUIRED</c>.</summary>
    public JsonElement V2 { get; } = JsonElement.Parse(Convert.FromBase64String(answer.Header(X402Headers.Required)!));

    /// <summary>Version 1: the body.</summary>
    public JsonElement V1 { get; } = answer.Json;

    /// <summary>An authorization that accepts the quote, not signed yet.</summary>
    public TransferAuthorization Accept(EvmAddress payer, Bytes32 nonce, DateTimeOffset now) => new(
        payer,
        EvmAddress.Parse(V2.Text("accepts.0.payTo")!),
        Uint256.Parse(V2.Text("accepts.0.amount")!),
        0,
        (ulong)now.ToUnixTimeSeconds() + V2.Find("accepts.0.maxTimeoutSeconds")!.Value.GetUInt64(),
        nonce);

    /// <summary>The payment as a client of this version writes it.</summary>
    public JsonObject Payment(X402Version version, SignedAuthorization signed)
    {
        var transfer = signed.Transfer;
        var payload = new JsonObject
        {
            ["signature"] = signed.Signature,
            ["authorization"] = new JsonObject
            {
                ["from"] = transfer.From.ToChecksumString(),
                ["to"] = transfer.To.ToChecksumString(),
                ["value"] = transfer.Value.ToString(),
                ["validAfter"] = transfer.ValidAfter.ToString(),
                ["validBefore"] = transfer.ValidBefore.ToString(),
                ["nonce"] = transfer.Nonce.ToString(),
            },
        };
        return version == X402Version.V1
            ? new JsonObject { ["x402Version"] = 1, ["scheme"] = "exact", ["network"] = V1.Text("accepts.0.network"), ["payload"] = payload }
            : new JsonObject
            {
                ["x402Version"] = 2,
                ["payload"] = payload,
                ["resource"] = JsonObject.Create(V2.GetProperty("resource")),
                ["accepted"] = JsonObject.Create(V2.GetProperty("accepts")[0]),
            };
    }
}
