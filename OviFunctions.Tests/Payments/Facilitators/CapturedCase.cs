using System.Globalization;
using System.Text.Json.Nodes;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.Payments.Facilitators;

/// <summary>Makes the payment header that a case of the captures is about.</summary>
internal static class CapturedCase
{
    private static readonly Eip712Domain Usdc = EvmNetwork.Base.UsdcDomain;

    /// <summary>The versions in which the case was captured; both when its name says none.</summary>
    public static X402Version[] Versions(string name) => name.Split('.') switch
    {
        var parts when parts.Contains("v1") => [X402Version.V1],
        var parts when parts.Contains("v2") => [X402Version.V2],
        _ => [X402Version.V1, X402Version.V2],
    };

    /// <summary>The header of a case such as <c>amount_too_low.v2</c>; null for cases that are not about a header.</summary>
    public static string? Header(string name, X402Version version)
    {
        var what = name.Split('.')[0] is "header" ? name : name.Split('.')[0];
        if (RawHeader(what, version) is { } raw) return raw;
        if (Signed(what) is { } signed) return Samples.Header(Samples.Payment(version, signed));
        var payment = Samples.Payment(version);
        return Change(what, payment, version) ? Samples.Header(payment) : null;
    }

    private static string? RawHeader(string what, X402Version version) => what switch
    {
        "header.not_base64" => "!!!not base64!!!",
        "header.base64_not_json" => Samples.Header("hello"),
        "header.base64_json_array" => Samples.Header("[]"),
        "header.base64_json_empty" => Samples.Header("{}"),
        "header.truncated" => Samples.Header(Samples.Payment(version).ToJsonString()[..75]),
        "header.base64url_nopad" => Samples.Header(Samples.Payment(version)).TrimEnd('='),
        "header.empty_string" => "",
        "header.v2payload_in_XPAYMENT" => Samples.Header(Samples.Payment(version == X402Version.V1 ? X402Version.V2 : version)),
        "header.v1payload_in_PAYMENTSIGNATURE" => Samples.Header(Samples.Payment(X402Version.V1)),
        _ => null,
    };

    // What is decided before signing, or by the signature itself.
    private static SignedAuthorization? Signed(string what)
    {
        var transfer = Samples.Transfer;
        var signature = Samples.Authorization.Signature;
        return what switch
        {
            "ok" or "replay" or "payer_blacklisted" => Samples.Authorization,
            "validBefore_past" => Sign(transfer with { ValidBefore = Samples.NowSeconds - 10 }),
            "validBefore_in_3s" => Sign(transfer with { ValidBefore = Samples.NowSeconds + 3 }),
            "validBefore_far_future_10y" => Sign(transfer with { ValidBefore = Samples.NowSeconds + 315360000 }),
            "validAfter_future" => Sign(transfer with { ValidAfter = Samples.NowSeconds + 30 }),
            "wrong_payTo_signed" => Sign(transfer with { To = Samples.Stranger.Address }),
            "payTo_tampered_after_signing" => new(transfer with { To = Samples.Stranger.Address }, signature),
            "amount_too_low" => Sign(transfer with { Value = 49999 }),
            "amount_too_high" => Sign(transfer with { Value = 50001 }),
            "wrong_asset_signed_domain" => Sign(transfer, Usdc with { VerifyingContract = Samples.Stranger.Address }),
            "wrong_chainid_signed" => Sign(transfer, Usdc with { ChainId = 1 }),
            "wrong_domain_name_signed_USDC" => Sign(transfer, Usdc with { Name = "USDC" }),
            "signature_random65" => new(transfer, "0x" + new string('5', 128) + "1b"),
            "signature_other_key" =>
                new(transfer, Samples.Stranger.Sign(transfer with { From = Samples.Stranger.Address }, Usdc).Signature),
            "signature_truncated64" => new(transfer, signature[..^2]),
            "signature_high_s" => new(transfer, HighS(signature)),
            "signature_v_0_or_1" => new(transfer, signature[..^2] + (signature.EndsWith("1b", StringComparison.Ordinal) ? "00" : "01")),
            "insufficient_balance" => Samples.Stranger.Sign(transfer with { From = Samples.Stranger.Address }, Usdc),
            _ => null,
        };
    }

    private static bool Change(string what, JsonObject payment, X402Version version)
    {
        var (v1, authorization) = (version == X402Version.V1, payment["payload"]!["authorization"]!.AsObject());
        var offer = v1 ? payment : payment["accepted"]!.AsObject();
        switch (what)
        {
            case "wrong_asset_in_accepted_v2": if (!v1) offer["asset"] = Samples.Stranger.Address.ToString(); return true;
            case "wrong_network_in_payload": offer["network"] = v1 ? "base-sepolia" : "eip155:84532"; return true;
            case "unknown_network_in_payload": offer["network"] = v1 ? "atlantis" : "eip155:999999"; return true;
            case "network_v1name_in_v2_or_caip_in_v1": offer["network"] = v1 ? "eip155:8453" : "base"; return true;
            case "unsupported_scheme": offer["scheme"] = "upto"; return true;
            case "unsupported_x402Version_3": payment["x402Version"] = 3; return true;
            case "missing_x402Version": return payment.Remove("x402Version");
            case "missing_payload": return payment.Remove("payload");
            case "missing_authorization": return payment["payload"]!.AsObject().Remove("authorization");
            case "missing_signature": return payment["payload"]!.AsObject().Remove("signature");
            case "signature_empty_0x": payment["payload"]!["signature"] = "0x"; return true;
            case "value_not_a_number": authorization["value"] = "abc"; return true;
            case "value_json_number": authorization["value"] = 50000; return true;
            case "nonce_short": authorization["nonce"] = "0x1234"; return true;
            case "from_not_address": authorization["from"] = "not-an-address"; return true;
            default: return false;
        }
    }

    private static SignedAuthorization Sign(TransferAuthorization transfer, Eip712Domain? token = null) =>
        Samples.Buyer.Sign(transfer, token ?? Usdc);

    private static string HighS(string signature)
    {
        var order = System.Numerics.BigInteger.Parse(
            "0fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var s = System.Numerics.BigInteger.Parse("0" + signature[66..130], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var high = (order - s).ToString("x64", CultureInfo.InvariantCulture);
        return signature[..66] + high[^64..] + (signature.EndsWith("1b", StringComparison.Ordinal) ? "1c" : "1b");
    }
}
