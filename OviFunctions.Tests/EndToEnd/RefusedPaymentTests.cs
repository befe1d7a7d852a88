using System.Text.Json.Nodes;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>Payments that are not taken: nothing is charged, nothing is recorded, no provider is asked.</summary>
public sealed class RefusedPaymentTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    private static readonly EvmAddress Stranger = EvmAddress.Parse("0x000000000000000000000000000000000000dEaD");

    /// <summary>What is signed, and our code for it.</summary>
    public static TheoryData<string, string> WrongTransfers => new()
    {
        { "one less", "payment_amount_mismatch" },
        { "one more", "payment_amount_mismatch" },
        { "nothing", "payment_amount_mismatch" },
        { "to a stranger", "payment_recipient_mismatch" },
        { "expired", "payment_window_too_short" },
        { "about to expire", "payment_window_too_short" },
        { "for ever", "payment_window_too_long" },
        { "not yet", "payment_not_yet_valid" },
    };

    [Theory]
    [MemberData(nameof(WrongTransfers))]
    public async Task WrongTransfer_Is402WithTheQuote(string what, string code)
    {
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync(), transfer => what switch
        {
            "one less" => transfer with { Value = Price - 1 },
            "one more" => transfer with { Value = Price + 1 },
            "nothing" => transfer with { Value = 0 },
            "to a stranger" => transfer with { To = Stranger },
            "expired" => transfer with { ValidBefore = now - 1 },
            "about to expire" => transfer with { ValidBefore = now + 15 },
            "for ever" => transfer with { ValidBefore = now + (10 * 365 * 86_400UL) },
            "not yet" => transfer with { ValidAfter = now + 120 },
            _ => throw new ArgumentException(what),
        });

        foreach (var version in new[] { X402Version.V1, X402Version.V2 }) AssertRefused(await PayAsync(signed, version: version), code);
        await AssertUntouchedAsync(payer, signed);
    }

    /// <summary>What the payment says beside the signed transfer.</summary>
    [Theory]
    [InlineData(X402Version.V1, "network", "base", "payment_network_mismatch")]
    [InlineData(X402Version.V1, "network", "eip155:84532", "payment_network_mismatch")]
    [InlineData(X402Version.V1, "network", "solana", "payment_network_mismatch")]
    [InlineData(X402Version.V1, "scheme", "upto", "payment_scheme_mismatch")]
    [InlineData(X402Version.V2, "accepted.network", "eip155:8453", "payment_network_mismatch")]
    [InlineData(X402Version.V2, "accepted.network", "base-sepolia", "payment_network_mismatch")]
    [InlineData(X402Version.V2, "accepted.scheme", "upto", "payment_scheme_mismatch")]
    [InlineData(X402Version.V2, "accepted.amount", "1", "payment_accepted_mismatch")]
    [InlineData(X402Version.V2, "accepted.payTo", "0x000000000000000000000000000000000000dEaD", "payment_accepted_mismatch")]
    [InlineData(X402Version.V2, "accepted.asset", "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "payment_accepted_mismatch")]
    [InlineData(X402Version.V2, "accepted.extra.assetTransferMethod", "permit2", "payment_accepted_mismatch")]
    public async Task WrongOffer_Is402WithTheQuote(X402Version version, string path, string value, string code)
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());

        var answer = await PayAsync(signed, version: version, change: payment =>
        {
            var steps = path.Split('.');
            var parent = steps[..^1].Aggregate((JsonNode)payment, (node, step) => node[step]!);
            parent[steps[^1]] = value;
        });

        AssertRefused(answer, code);
        await AssertUntouchedAsync(payer, signed);
    }

    [Fact]
    public async Task SignatureOfAnotherWallet_Is402()
    {
        var (payer, thief) = (await NewPayerAsync(), await NewPayerAsync());
        var signed = payer.Sign(await Shop.QuoteAsync());
        var stolen = thief.Sign(signed.Transfer with { From = thief.Address });
        var forged = new SignedAuthorization(signed.Transfer, stolen.Signature);

        AssertRefused(await PayAsync(forged), "payment_signature_invalid");
        await AssertUntouchedAsync(payer, signed);
    }

    [Fact]
    public async Task EmptyWallet_Is402_AndTheSamePaymentIsGoodOnceItIsFunded()
    {
        var payer = await NewPayerAsync(usdc: Price - 1);
        var signed = payer.Sign(await Shop.QuoteAsync());

        var refused = await PayAsync(signed);
        Assert.Equal((402, "payment_insufficient_balance"), (refused.Status, refused.Text("code")));
        Assert.Equal(("resign", "unused"), (refused.Text("retry_action"), refused.Text("payment_state")));
        await AssertUntouchedAsync(payer, signed, Price - 1);

        await payer.FundAsync(1);
        var ticket = Ticket.Of(await PayAsync(signed));
        await Shop.EndOfAsync(ticket);
        Assert.Equal([Price], await payer.PaymentsAsync());
    }

    [Fact]
    public async Task BlacklistedPayer_Is402()
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        await payer.BlacklistAsync();

        AssertRefused(await PayAsync(signed), "payment_refused_by_facilitator");
        await AssertUntouchedAsync(payer, signed);
    }

    [Fact]
    public async Task NonceThatSomebodyElseUsedBefore_Is409_AndIsNotTakenForPaid()
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        await payer.SubmitByThirdPartyAsync(signed);

        var answer = await PayAsync(signed);

        Assert.Equal((409, "payment_already_used"), (answer.Status, answer.Text("code")));
        Assert.Equal("resign", answer.Text("retry_action"));
        Assert.False(await Gateway.HasClaimAsync(signed));
        Assert.Equal(0, SubmitsAt(Stack.Fal));
    }

    [Theory]
    [InlineData("PAYMENT-SIGNATURE", "nonsense!")]
    [InlineData("PAYMENT-SIGNATURE", "")]
    [InlineData("PAYMENT-SIGNATURE", "e30=")]
    [InlineData("PAYMENT-SIGNATURE", "W10=")]
    [InlineData("X-PAYMENT", "bnVsbA==")]
    [InlineData("X-PAYMENT", "eyJ4NDAyVmVyc2lvbiI6M30=")]
    public async Task HeaderThatIsNoPayment_Is400WithTheQuote(string header, string value)
    {
        var answer = await Shop.OrderAsync(Body().ToJsonString(), (header, value));

        Assert.Equal((400, "unused"), (answer.Status, answer.Text("payment_state")));
        Assert.NotNull(answer.Header("PAYMENT-REQUIRED"));
        Assert.StartsWith("payment_", answer.Text("code"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PaymentInTheOtherVersionsHeader_Is400()
    {
        var payer = await NewPayerAsync();
        var quote = await Shop.QuoteAsync();
        var signed = payer.Sign(quote);

        var answer = await Shop.OrderAsync(Body().ToJsonString(), ("PAYMENT-SIGNATURE", Shop.Pay(quote, signed, X402Version.V1).Value));

        Assert.Equal((400, "payment_version_unsupported"), (answer.Status, answer.Text("code")));
        await AssertUntouchedAsync(payer, signed);
    }

    private static void AssertRefused(Answer answer, string code)
    {
        Assert.Equal((402, code), (answer.Status, answer.Text("code")));
        Assert.Equal(("resign", "unused"), (answer.Text("retry_action"), answer.Text("payment_state")));
        var quote = new Quote(answer);
        Assert.Equal(("420000", "420000"), (quote.V1.Text("accepts.0.maxAmountRequired"), quote.V2.Text("accepts.0.amount")));
        Assert.False(string.IsNullOrEmpty(quote.V2.Text("error")));
    }
}
