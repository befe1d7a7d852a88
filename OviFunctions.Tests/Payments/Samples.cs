using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Tests.Payments;

/// <summary>A merchant, a buyer and a price on Base: the accounts of the reference captures (anvil's 1 and 2).</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    public static readonly ulong NowSeconds = (ulong)Now.ToUnixTimeSeconds();
    public static readonly EvmAddress Merchant = EvmAddress.Parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    public static readonly EvmSigner Buyer = Key("0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a");
    public static readonly EvmSigner Stranger = Key("0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6");
    public static readonly PaymentRequirement Requirement = new(EvmNetwork.Base, Merchant, 50000, 60);

    public static readonly PaidResource Ovi = new(
        new Uri("https://api.example.com/v1/videos/ovi/image-to-video/jobs"),
        "Submit an asynchronous image-to-video job with audio using OVI via Router.",
        "application/json",
        "OviFunctions",
        ["video", "image-to-video", "audio", "ovi"],
        Schema("ovi-image-to-video.schema.json"),
        JsonElement.Parse("""{"prompt":"A dog barks at the waves","image_url":"https://example.com/dog.jpg"}"""),
        JsonElement.Parse("""{"id":"job_mzxw6ytboimzxw6ytboimzxw6ytboimzxw6y","status":"queued"}"""));

    public static TransferAuthorization Transfer => new(Buyer.Address, Merchant, 50000, 0, NowSeconds + 60, Nonce(7));

    public static SignedAuthorization Authorization => Buyer.Sign(Transfer, EvmNetwork.Base.UsdcDomain);

    public static Bytes32 Nonce(byte fill) => new(Enumerable.Repeat(fill, 32).ToArray());

    /// <summary>The payment as a client of this version sends it.</summary>
    public static JsonObject Payment(X402Version version, SignedAuthorization? authorization = null) =>
        X402Json.Payment(version, authorization ?? Authorization, Requirement, null);

    public static string Header(JsonNode payment) => Header(payment.ToJsonString());

    public static string Header(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json));

    public static PaymentPayload Decoded(X402Version version, SignedAuthorization? authorization = null) =>
        Assert.IsType<PaymentDecoding.Decoded>(PaymentHeader.Decode(version, Header(Payment(version, authorization)))).Payment;

    private static EvmSigner Key(string key) => EvmSigner.TryParse(key, out var signer) ? signer : throw new FormatException();

    private static JsonElement Schema(string name)
    {
        using var stream = typeof(PaidResource).Assembly.GetManifestResourceStream(name)!;
        return JsonDocument.Parse(stream).RootElement;
    }
}
