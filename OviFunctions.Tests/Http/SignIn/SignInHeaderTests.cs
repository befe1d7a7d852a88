using System.Text;
using System.Text.Json.Nodes;
using OviFunctions.Http;
using OviFunctions.Http.SignIn;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Tests.Http.SignIn;

public sealed class SignInHeaderTests
{
    public static TheoryData<string> References { get; } = [.. SignIns.Vectors.Select(vector => vector.Name)];

    [Theory]
    [MemberData(nameof(References))]
    public void TryDecode_HeaderOfAReferenceClient_GivesTheTextThatItSigned(string name)
    {
        var vector = SignIns.Vectors.Single(v => v.Name == name);

        Assert.True(SignInHeader.TryDecode(vector.Header, out var signIn, out var problem), problem?.Detail);

        Assert.Equal(vector.Text, signIn.Message.Text(EvmNetwork.Base));
        Assert.Equal(vector.Digest, "0x" + Convert.ToHexStringLower(signIn.Message.Digest(EvmNetwork.Base)));
    }

    [Fact]
    public void TryDecode_AddressInAnyCase_IsTheSameText()
    {
        var fields = SignIns.Fields();
        fields["address"] = fields["address"]!.ToString().ToLowerInvariant();

        Assert.Equal(Decoded(SignIns.Signed()).Text(EvmNetwork.Base), Decoded(SignIns.Header(SignIns.Sign(fields))).Text(EvmNetwork.Base));
    }

    [Theory]
    [InlineData("domain", "two lines\n")]
    [InlineData("domain", "")]
    [InlineData("address", "0x3C44")]
    [InlineData("statement", "two\nlines")]
    [InlineData("statement", "two\rlines")]
    [InlineData("statement", "")]
    [InlineData("uri", "http://127.0.0.1:7071/\nVersion: 1")]
    [InlineData("uri", "http://127.0.0.1:7071/ a")]
    [InlineData("version", "2")]
    [InlineData("chainId", "")]
    [InlineData("type", "ed25519")]
    [InlineData("nonce", "1234567")]
    [InlineData("nonce", "12345678\n")]
    [InlineData("nonce", "1234-5678")]
    [InlineData("issuedAt", "yesterday")]
    [InlineData("issuedAt", "2026-11-20")]
    [InlineData("issuedAt", "2026-11-20T12:00:00")]
    [InlineData("issuedAt", "2026-11-20T12:00:00Z\nExpiration Time: 2027-01-01T00:00:00Z")]
    [InlineData("issuedAt", " 2026-11-20T12:00:00Z")]
    [InlineData("issuedAt", "1795176000")]
    [InlineData("expirationTime", "later")]
    [InlineData("notBefore", "")]
    [InlineData("requestId", "a\nb")]
    [InlineData("signature", "0x")]
    [InlineData("signature", "abcd")]
    [InlineData("signature", "0xabc")]
    public void TryDecode_FieldThatIsWrong_IsRefusedByName(string name, string value)
    {
        var fields = SignIns.Sign(SignIns.Fields());
        fields[name] = value;

        var problem = Refused(SignIns.Header(fields));

        Assert.StartsWith($"The {name} of SIGN-IN-WITH-X must be ", problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("domain", "null")]
    [InlineData("statement", "null")]
    [InlineData("version", "1")]
    [InlineData("nonce", "12345678")]
    [InlineData("resources", "\"a\"")]
    [InlineData("resources", "[1]")]
    [InlineData("resources", "[\"a\\n- b\"]")]
    [InlineData("resources", "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\",\"13\",\"14\",\"15\",\"16\",\"17\"]")]
    public void TryDecode_FieldOfAnotherType_IsRefusedByName(string name, string json)
    {
        var fields = SignIns.Sign(SignIns.Fields());
        fields[name] = JsonNode.Parse(json);

        Assert.StartsWith($"The {name} of SIGN-IN-WITH-X must be ", Refused(SignIns.Header(fields)).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("domain")]
    [InlineData("address")]
    [InlineData("uri")]
    [InlineData("version")]
    [InlineData("chainId")]
    [InlineData("type")]
    [InlineData("nonce")]
    [InlineData("issuedAt")]
    [InlineData("signature")]
    public void TryDecode_FieldThatIsMissing_IsRefusedByName(string name)
    {
        var fields = SignIns.Sign(SignIns.Fields());
        fields.Remove(name);

        Assert.StartsWith($"The {name} of ", Refused(SignIns.Header(fields)).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("====")]
    [InlineData("not base64")]
    [InlineData("bm90IGpzb24=")]
    [InlineData("W10=")]
    [InlineData("e30=")]
    public void TryDecode_TextThatIsNoObject_IsRefused(string header) => Refused(header);

    [Fact]
    public void TryDecode_DuplicateKeyOrTrailingData_IsRefused()
    {
        var json = SignIns.Sign(SignIns.Fields()).ToJsonString();

        Refused(SignIns.Header(json.Replace("{\"domain\"", "{\"nonce\":\"another1\",\"domain\"", StringComparison.Ordinal)));
        Refused(SignIns.Header(json + "{}"));
        Refused(SignIns.Header(json + "//"));
        Refused(Convert.ToBase64String([.. Encoding.UTF8.GetBytes(json), 0xff]));
    }

    [Fact]
    public void TryDecode_Base64ThatIsNotCanonical_IsRefused()
    {
        // The last digit before the padding has bits that stand for nothing.
        var header = Enumerable.Range(0, 3).Select(i => SignIns.Header(SignIns.Sign(SignIns.Fields(nonce: "12345678" + new string('1', i)))))
            .First(h => h.EndsWith("==", StringComparison.Ordinal));
        var digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        var other = header[..^3] + digits[digits.IndexOf(header[^3], StringComparison.Ordinal) + 1] + "==";
        Assert.Equal(Convert.FromBase64String(header), Convert.FromBase64String(other));

        Decoded(header);
        Decoded(header.TrimEnd('='));
        Refused(other);
        Refused(header.Replace('+', '-').Insert(4, "\n"));
    }

    [Fact]
    public void TryDecode_MoreThanEightThousandCharacters_IsRefused()
    {
        var fields = SignIns.Fields();
        fields["more"] = new string('x', 6000);

        Assert.Contains("8192", Refused(SignIns.Header(SignIns.Sign(fields))).Detail, StringComparison.Ordinal);
        fields["more"] = new string('x', 5000);
        Decoded(SignIns.Header(SignIns.Sign(fields)));
    }

    private static SignInMessage Decoded(string header)
    {
        Assert.True(SignInHeader.TryDecode(header, out var signIn, out var problem), problem?.Detail);
        return signIn.Message;
    }

    private static Problem Refused(string header)
    {
        Assert.False(SignInHeader.TryDecode(header, out _, out var problem));
        Assert.Equal((400, "invalid_siwx_header"), (problem.Status, problem.Code));
        return problem;
    }
}
