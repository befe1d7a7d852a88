using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.Crypto;
using OviFunctions.Http.SignIn;
using OviFunctions.Payments.Evm;
using OviFunctions.Tests.Payments;

namespace OviFunctions.Tests.Http.SignIn;

/// <summary>Sign-ins: those of the reference implementation, and ones of our own for the gateway of the test settings.</summary>
internal static class SignIns
{
    public const string Origin = "http://127.0.0.1:7071";
    public const string ListUri = Origin + "/v1/videos/jobs";

    public static readonly byte[] BuyersKey = Convert.FromHexString("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a");
    public static readonly byte[] StrangersKey = Convert.FromHexString("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6");

    /// <summary>
    /// Headers with their text and its digest, signed by anvil's account 2 at 12:00: by @x402/extensions 2.27.0 and, in the
    /// members of that extension, by viem 2.57.1.
    /// </summary>
    public static IReadOnlyList<Vector> Vectors { get; } = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "sign-in-with-x.json")), JsonSerializerOptions.Web)!;

    /// <summary>The members of a good sign-in without its signature.</summary>
    public static JsonObject Fields(string nonce = "a1b2c3d4e5f67890a1b2c3d4e5f67890", EvmAddress? address = null) => new()
    {
        ["domain"] = "127.0.0.1:7071",
        ["address"] = (address ?? Samples.Buyer.Address).ToChecksumString(),
        ["statement"] = "Sign in.",
        ["uri"] = ListUri,
        ["version"] = "1",
        ["chainId"] = "eip155:8453",
        ["type"] = "eip191",
        ["nonce"] = nonce,
        ["issuedAt"] = "2026-11-20T12:00:00.000Z",
    };

    /// <summary>Signs the members as they are, whatever they say.</summary>
    public static JsonObject Sign(JsonObject fields, byte[]? key = null) =>
        WithSignature(fields, Secp256k1.Sign(Eip191.Digest(Encoding.UTF8.GetBytes(TextOf(fields))), key ?? BuyersKey));

    public static JsonObject WithSignature(JsonObject fields, byte[] signature)
    {
        var signed = fields.DeepClone().AsObject();
        signed["signature"] = "0x" + Convert.ToHexStringLower(signature);
        return signed;
    }

    public static string Header(JsonNode fields) => Header(fields.ToJsonString());

    public static string Header(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json));

    /// <summary>A header of the buyer, changed before it is signed.</summary>
    public static string Signed(string nonce = "a1b2c3d4e5f67890a1b2c3d4e5f67890", Action<JsonObject>? change = null, byte[]? key = null, EvmAddress? address = null)
    {
        var fields = Fields(nonce, address);
        change?.Invoke(fields);
        return Header(Sign(fields, key));
    }

    /// <summary>The text of EIP-4361, written without the code that is tested.</summary>
    private static string TextOf(JsonObject fields)
    {
        var text = new StringBuilder()
            .Append($"{fields["domain"]} wants you to sign in with your Ethereum account:\n{fields["address"]}\n\n");
        if (fields["statement"] is { } statement) text.Append($"{statement}\n");
        text.Append($"\nURI: {fields["uri"]}\nVersion: {fields["version"]}\nChain ID: {((string)fields["chainId"]!).Split(':')[^1]}");
        text.Append($"\nNonce: {fields["nonce"]}\nIssued At: {fields["issuedAt"]}");
        if (fields["expirationTime"] is { } expires) text.Append($"\nExpiration Time: {expires}");
        if (fields["notBefore"] is { } notBefore) text.Append($"\nNot Before: {notBefore}");
        return text.ToString();
    }

    internal sealed record Vector(string Name, string By, string Header, string Text, string Digest);
}
