using System.Text;
using System.Text.Json.Nodes;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.Payments.X402;

public sealed class PaymentHeaderTests
{
    public static TheoryData<X402Version> Versions => [X402Version.V1, X402Version.V2];

    [Fact]
    public void Decode_HeadersOfTheVectors_GiveTheSignedPayment()
    {
        var v1 = Decoded(X402Version.V1, Vectors.Text("v1_X_PAYMENT_header"));
        var v2 = Decoded(X402Version.V2, Vectors.Text("v2_PAYMENT_SIGNATURE_header"));
        var signed = new SignedAuthorization(Vectors.Authorization, Vectors.Text("signature"));

        Assert.Equal(new PaymentPayload(X402Version.V1, "exact", "base", signed), v1);
        Assert.Equal(signed, v2.Authorization);
        Assert.Equal("eip155:8453", v2.Network);
        Assert.Equal(new AcceptedOffer(
            "exact", "eip155:8453", 420000, EvmNetwork.Base.Usdc, Vectors.Authorization.To, 600, "USD Coin", "2", false), v2.Accepted);
    }

    [Fact]
    public void Decode_SignatureWithV0Or1_IsTheSamePaymentAsWith27Or28()
    {
        var header = Respell(Vectors.Text("v1_X_PAYMENT_header"), Vectors.Text("signature"), Vectors.Text("signature_v_0_or_1"));
        Assert.Equal(Vectors.Text("signature"), Decoded(X402Version.V1, header).Authorization.Signature);
    }

    [Fact]
    public void Decode_PaymentIdentifier_IsKept()
    {
        var payment = Samples.Payment(X402Version.V2);
        payment["extensions"] = JsonNode.Parse(
            """{"payment-identifier":{"info":{"required":false,"id":"pay_aef1df1ead2c40dca04b6409e3471ada"},"schema":{}}}""");
        Assert.Equal("pay_aef1df1ead2c40dca04b6409e3471ada", Decoded(X402Version.V2, Samples.Header(payment)).PaymentIdentifier);
    }

    [Theory]
    [InlineData("too_short")]
    [InlineData("has a space in it")]
    [InlineData("abcdefghijklmnop\n")]
    public void Decode_BadPaymentIdentifier_IsMalformed(string id)
    {
        var payment = Samples.Payment(X402Version.V2);
        payment["extensions"] = new JsonObject
        {
            ["payment-identifier"] = new JsonObject { ["info"] = new JsonObject { ["required"] = false, ["id"] = id } },
        };
        Assert.Contains("info.id", Refused(X402Version.V2, Samples.Header(payment), PaymentProblemCodes.Malformed),
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Decode_UnknownMembers_AreDropped(X402Version version)
    {
        var payment = Samples.Payment(version);
        payment["payload"]!["permit2Authorization"] = new JsonObject { ["permitted"] = "everything" };
        payment["assetTransferMethod"] = "permit2";
        Assert.Equal(Samples.Decoded(version), Decoded(version, Samples.Header(payment)));
    }

    // The same value in another spelling, another type, or none: each member has to be exactly right.
    [Theory]
    [InlineData("payload.authorization.value", "420000")]
    [InlineData("payload.authorization.value", "\"0420000\"")]
    [InlineData("payload.authorization.value", "\"4.2e5\"")]
    [InlineData("payload.authorization.value", "\"-1\"")]
    [InlineData("payload.authorization.value", "\"115792089237316195423570985008687907853269984665640564039457584007913129639936\"")]
    [InlineData("payload.authorization.validAfter", "0")]
    [InlineData("payload.authorization.validBefore", "null")]
    [InlineData("payload.authorization.nonce", "\"0x12\"")]
    [InlineData("payload.authorization.nonce", "[]")]
    [InlineData("payload.authorization.from", "\"not an address\"")]
    [InlineData("payload.authorization.to", null)]
    [InlineData("payload.authorization", "\"x\"")]
    [InlineData("payload.signature", "\"0x\"")]
    [InlineData("payload.signature", "\"0x123\"")]
    [InlineData("payload", null)]
    public void Decode_FieldOfBothVersions_IsNamedWhenWrong(string path, string? json)
    {
        foreach (var version in new[] { X402Version.V1, X402Version.V2 })
        {
            var detail = Refused(version, Samples.Header(With(version, path, json)), PaymentProblemCodes.Malformed);
            Assert.Contains(path, detail, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("accepted", null)]
    [InlineData("accepted.amount", "50000")]
    [InlineData("accepted.maxTimeoutSeconds", "\"60\"")]
    [InlineData("accepted.maxTimeoutSeconds", "60.5")]
    [InlineData("accepted.payTo", "\"0x0\"")]
    [InlineData("accepted.extra", "[]")]
    [InlineData("accepted.extra.name", "1")]
    [InlineData("extensions", "[]")]
    public void Decode_FieldOfVersion2_IsNamedWhenWrong(string path, string? json) =>
        Assert.Contains(path, Refused(X402Version.V2, Samples.Header(With(X402Version.V2, path, json)), PaymentProblemCodes.Malformed),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("scheme")]
    [InlineData("network")]
    public void Decode_FieldOfVersion1_IsNamedWhenMissing(string path) =>
        Assert.Contains(path, Refused(X402Version.V1, Samples.Header(With(X402Version.V1, path, null)), PaymentProblemCodes.Malformed),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("3", PaymentProblemCodes.WrongVersion)]
    [InlineData("1", PaymentProblemCodes.WrongVersion)]
    [InlineData("\"2\"", PaymentProblemCodes.Malformed)]
    [InlineData("2.0", PaymentProblemCodes.Malformed)]
    [InlineData(null, PaymentProblemCodes.Malformed)]
    public void Decode_OtherVersionThanTheHeaders_IsRefused(string? version, string code) =>
        Refused(X402Version.V2, Samples.Header(With(X402Version.V2, "x402Version", version)), code);

    [Theory]
    [InlineData("")]
    [InlineData("!!!")]
    [InlineData("e30 ")]
    [InlineData("e3\n0=")]
    [InlineData("e30==")]
    [InlineData("e30===")]
    [InlineData("e")]
    [InlineData("====")]
    [InlineData("eyJ4-_8=")]
    [InlineData("e30,e30")]
    public void Decode_NotBase64_IsRefused(string header) => Refused(X402Version.V1, header, PaymentProblemCodes.NotBase64);

    [Theory]
    [InlineData("hello")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{} {}")]
    [InlineData("{}x")]
    [InlineData("{\"x402Version\":1,\"x402Version\":1}")]
    [InlineData("{\"x402Version\":1,\"\\u0078402Version\":2}")]
    [InlineData("{\"a\":{\"b\":1,\"b\":2}}")]
    [InlineData("{/**/}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("\ufeff{}")]
    [InlineData("{\"\\ud800\":1}")]
    public void Decode_NotOneStrictObject_IsRefused(string json)
    {
        // An empty text is no base64 at all.
        Refused(X402Version.V1, Samples.Header(json), json.Length == 0 ? PaymentProblemCodes.NotBase64 : PaymentProblemCodes.NotJson);
    }

    [Fact]
    public void Decode_InvalidUtf8_IsRefused() =>
        Refused(X402Version.V1, Convert.ToBase64String([(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}']),
            PaymentProblemCodes.NotJson);

    [Theory]
    [InlineData(16, PaymentProblemCodes.Malformed)]
    [InlineData(17, PaymentProblemCodes.NotJson)]
    public void Decode_Depth_IsBounded(int depth, string code) =>
        Refused(X402Version.V1, Samples.Header("{\"a\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}"), code);

    [Theory]
    [InlineData(8192, PaymentProblemCodes.NotJson)]
    [InlineData(8193, PaymentProblemCodes.TooLarge)]
    public void Decode_Length_IsBounded(int length, string code) => Refused(X402Version.V1, new string('A', length), code);

    [Theory]
    [MemberData(nameof(Versions))]
    public void Decode_WithoutPadding_IsTheSamePayment(X402Version version)
    {
        var json = Samples.Payment(version).ToJsonString();
        var header = Samples.Header(json.PadRight((json.Length / 3 * 3) + 4));
        Assert.EndsWith("==", header, StringComparison.Ordinal);
        Assert.Equal(Decoded(version, header), Decoded(version, header.TrimEnd('=')));
    }

    [Fact]
    public void Decode_HalfOfASurrogatePair_IsMalformed()
    {
        var json = Samples.Payment(X402Version.V1).ToJsonString().Replace("\"base\"", "\"\\ud800\"", StringComparison.Ordinal);
        Refused(X402Version.V1, Samples.Header(json), PaymentProblemCodes.Malformed);
    }

    [Fact]
    public void Decode_WhatTheBuyerSent_IsNotRepeated()
    {
        var payment = Samples.Payment(X402Version.V1);
        payment["payload"]!["authorization"]!["from"] = "<script>alert(1)</script>";
        Assert.DoesNotContain(
            "script", Refused(X402Version.V1, Samples.Header(payment), PaymentProblemCodes.Malformed), StringComparison.Ordinal);
    }

    // Any single changed byte of a genuine header gives an answer, never an exception.
    [Theory]
    [MemberData(nameof(Versions))]
    public void Decode_EveryFlippedByte_IsAnswered(X402Version version)
    {
        var json = Encoding.UTF8.GetBytes(Samples.Payment(version).ToJsonString());
        for (var i = 0; i < json.Length; i++)
        {
            byte[] changed = [.. json];
            changed[i] ^= 0x1d;
            Assert.NotNull(PaymentHeader.Decode(version, Convert.ToBase64String(changed)));
        }
    }

    private static PaymentPayload Decoded(X402Version version, string header) =>
        Assert.IsType<PaymentDecoding.Decoded>(PaymentHeader.Decode(version, header)).Payment;

    private static string Refused(X402Version version, string header, string code)
    {
        var problem = Assert.IsType<PaymentDecoding.Refused>(PaymentHeader.Decode(version, header)).Problem;
        Assert.Equal(code, problem.Code);
        return problem.Detail;
    }

    /// <summary>The payment with the member at <paramref name="path"/> replaced, or removed.</summary>
    private static JsonObject With(X402Version version, string path, string? json)
    {
        var payment = Samples.Payment(version);
        var names = path.Split('.');
        var parent = names[..^1].Aggregate((JsonNode)payment, (node, name) => node[name]!).AsObject();
        if (json is null) parent.Remove(names[^1]);
        else parent[names[^1]] = JsonNode.Parse(json) ?? JsonValue.Create((string?)null);
        return payment;
    }

    private static string Respell(string header, string from, string to) =>
        Samples.Header(Encoding.UTF8.GetString(Convert.FromBase64String(header)).Replace(from, to, StringComparison.Ordinal));
}
