using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OviFunctions.Crypto;
using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Parts;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Payments.X402;

namespace OviFunctions.Bench.Money;

/// <summary>An order by a wallet of its own that has exactly the price, and how its exchanges are recognised anywhere.</summary>
internal sealed class MoneyOrder
{
    public const long Price = 420_000;
    private const int MaxTimeoutSeconds = 600;

    // The first bytes of the refund's nonce (payments.md section 6).
    private static ReadOnlySpan<byte> RefundTag => "ovi-refund-v1"u8;

    private readonly ConcurrentDictionary<string, bool> _transactions = new();
    private volatile bool _isSettling;

    private MoneyOrder(int number, Wallet wallet, SignedAuthorization signed, string header)
    {
        Number = number;
        Payer = wallet;
        Signed = signed;
        PaymentHeader = header;
        JobId = PaymentIdentity.JobId(EvmNetwork.BaseSepolia, signed.Transfer.From, signed.Transfer.Nonce);
        RefundNonce = "0x" + Convert.ToHexStringLower(Keccak256.Hash([.. RefundTag, .. Encoding.ASCII.GetBytes(JobId)]));
    }

    public int Number { get; }

    public Wallet Payer { get; }

    public SignedAuthorization Signed { get; }

    /// <summary>The value of <c>PAYMENT-SIGNATURE</c>.</summary>
    public string PaymentHeader { get; }

    public string JobId { get; }

    public string Nonce => Signed.Transfer.Nonce.ToString();

    public string RefundNonce { get; }

    /// <summary>What settles the payment, for a facilitator.</summary>
    public JsonObject Settle => new()
    {
        ["x402Version"] = 2,
        ["paymentPayload"] = JsonNode.Parse(Convert.FromBase64String(PaymentHeader)),
        ["paymentRequirements"] = X402Json.Requirement(X402Version.V2, Offer(Signed.Transfer.To), resource: null),
    };

    /// <summary>What settles the refund; null until the gateway has asked for it.</summary>
    public string? RefundSettle { get; private set; }

    /// <summary>Unlike any other order's.</summary>
    public string Prompt => $"A ferry in fog, {Nonce}.";

    public static MoneyOrder Sign(int number, Wallet wallet, Wallet payTo, DateTimeOffset now)
    {
        var signer = EvmSigner.TryParse(wallet.PrivateKey, out var parsed) ? parsed : throw new FormatException();
        var merchant = EvmAddress.Parse(payTo.Address);
        var signed = signer.Sign(
            new TransferAuthorization(
                signer.Address, merchant, Price, 0, (ulong)now.ToUnixTimeSeconds() + MaxTimeoutSeconds, new Bytes32(RandomNumberGenerator.GetBytes(32))),
            EvmNetwork.BaseSepolia.UsdcDomain);
        return new MoneyOrder(
            number, wallet, signed, X402Json.Header(X402Json.Payment(X402Version.V2, signed, Offer(merchant), resource: null)));
    }

    /// <summary>Sees every exchange before anything is done to it.</summary>
    public void Witness(HttpRequest request)
    {
        var body = Match.Body(request);
        if (request.Path == "/settle" && Names(body, Nonce)) _isSettling = true;
        if (request.Path == "/settle" && Names(body, RefundNonce)) RefundSettle = body;
        if (RawTransaction(body) is { } raw && (Names(raw, Nonce) || Names(raw, RefundNonce)))
            _transactions.TryAdd("0x" + Convert.ToHexStringLower(Keccak256.Hash(Convert.FromHexString(raw.AsSpan(2)))), true);
    }

    /// <summary>Whether an exchange is this order's, for this operation.</summary>
    public bool IsNamedIn(HttpRequest request, Operation operation)
    {
        var body = Match.Body(request);
        if (operation != Operation.Refund && _isSettling != (operation == Operation.Settle)) return false;
        if (Names(body, operation == Operation.Refund ? RefundNonce : Nonce)) return true;
        return operation != Operation.Verify && body.Contains("eth_getTransactionReceipt", StringComparison.Ordinal)
            && _transactions.Keys.Any(hash => Names(body, hash));
    }

    /// <summary>The transaction that a node is sent; null for any other request.</summary>
    public static string? RawTransaction(string body) => body.Contains("eth_sendRawTransaction", StringComparison.Ordinal)
        ? JsonElement.Parse(body).GetProperty("params")[0].GetString()
        : null;

    private static PaymentRequirement Offer(EvmAddress payTo) => new(EvmNetwork.BaseSepolia, payTo, Price, MaxTimeoutSeconds);

    private static bool Names(string text, string hash) => text.Contains(hash.AsSpan(2), StringComparison.OrdinalIgnoreCase);
}
