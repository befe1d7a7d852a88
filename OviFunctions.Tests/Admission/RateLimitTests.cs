using System.Net;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>How many orders a minute, and who is told what is left.</summary>
public sealed class RateLimitTests
{
    private readonly Shop _shop = new(("Limits:RequestsPerMinutePerAddress", "2"), ("Limits:OrdersPerMinutePerPayer", "1"), ("Limits:OrdersPerMinutePerApiKey", "1"));

    [Fact]
    public async Task Quote_ThirdInAMinute_Is429AndTheHeadersSayHowLong()
    {
        var first = await OrderAsync(Shop.Body);
        Assert.Equal((402, "\"ip\";q=2;w=60"), (first.Status, first.Header("RateLimit-Policy")));
        var left = 60 - _shop.Clock.GetUtcNow().Second;
        Assert.Equal($"\"ip\";r=1;t={left}", first.Header("RateLimit"));
        Assert.Equal(402, (await QuoteAsync()).Status);

        var third = await OrderAsync(Shop.Body);

        Assert.Equal((429, "rate_limited", $"{left}"), (third.Status, third.Json.GetProperty("code").GetString(), third.Header("Retry-After")));
        Assert.Equal($"\"ip\";r=0;t={left}", third.Header("RateLimit"));
        Assert.Equal(("wait_and_retry", "unused"), (third.Json.GetProperty("retry_action").GetString(), third.Json.GetProperty("payment_state").GetString()));
        Assert.Equal(429, (await QuoteAsync()).Status);
        Assert.Equal(402, (await OrderAsync(Shop.Body, from: "198.51.100.2")).Status);

        _shop.Clock.Advance(TimeSpan.FromSeconds(left));
        Assert.Equal(402, (await OrderAsync(Shop.Body)).Status);
    }

    [Fact]
    public async Task Order_KnownPayment_IsAnsweredHoweverOften()
    {
        var payment = ("PAYMENT-SIGNATURE", _shop.Pay());
        var first = await OrderAsync(Shop.Body, headers: payment);
        Assert.Equal((202, "\"ip\";q=2;w=60, \"payer\";q=1;w=60"), (first.Status, first.Header("RateLimit-Policy")));

        for (var i = 0; i < 5; i++)
        {
            var again = await OrderAsync(Shop.Body, headers: payment);
            Assert.Equal((202, null), (again.Status, again.Header("RateLimit")));
        }

        Assert.Equal(402, (await OrderAsync(Shop.Body)).Status); // and they took nothing of the limit
    }

    [Fact]
    public async Task Order_NewPaymentsOfAWallet_AreLimitedFromAllAddresses()
    {
        Assert.Equal(202, (await OrderAsync(Shop.Body, "198.51.100.1", ("PAYMENT-SIGNATURE", _shop.Pay(nonce: 1)))).Status);

        var second = await OrderAsync(Shop.Body, "198.51.100.2", ("PAYMENT-SIGNATURE", _shop.Pay(nonce: 2)));

        Assert.Equal((429, "rate_limited", "unused"), (second.Status, second.Json.GetProperty("code").GetString(), second.Json.GetProperty("payment_state").GetString()));
        Assert.Single(_shop.Facilitator.Asked);
        Assert.Equal(202, (await OrderAsync(Shop.Body, "198.51.100.3", ("PAYMENT-SIGNATURE", _shop.Pay(nonce: 3, signer: Samples.Stranger)))).Status);
    }

    [Fact]
    public async Task Order_StrangerInAnothersName_TakesNothingOfHisLimit()
    {
        // A signature that the stranger did not make, and one of a length that only a facilitator can judge.
        var forged = _shop.Pay(nonce: 5, signature: "0x" + string.Concat(Enumerable.Repeat("11", 64)) + "1b");
        Assert.Equal(402, (await OrderAsync(Shop.Body, "198.51.100.1", ("PAYMENT-SIGNATURE", forged))).Status);
        _shop.Facilitator.Answer(new OviFunctions.Payments.Facilitators.VerifyOutcome.Invalid("invalid_exact_evm_payload_signature", null));
        Assert.Equal(402, (await OrderAsync(Shop.Body, "198.51.100.1", ("PAYMENT-SIGNATURE", _shop.Pay(nonce: 6, signature: "0x" + new string('a', 200))))).Status);
        _shop.Facilitator.Answer(new OviFunctions.Payments.Facilitators.VerifyOutcome.Valid(Samples.Buyer.Address));

        Assert.Equal(202, (await OrderAsync(Shop.Body, "198.51.100.2", ("PAYMENT-SIGNATURE", _shop.Pay()))).Status);
    }

    [Fact]
    public async Task Order_PaymentsOfASmartWallet_AreLimitedOnceTheyAreProven()
    {
        string Payment(byte nonce) => _shop.Pay(nonce, signature: "0x" + new string('a', 200));
        Assert.Equal(202, (await OrderAsync(Shop.Body, "198.51.100.1", ("PAYMENT-SIGNATURE", Payment(1)))).Status);

        Assert.Equal(429, (await OrderAsync(Shop.Body, "198.51.100.2", ("PAYMENT-SIGNATURE", Payment(2)))).Status);
    }

    [Fact]
    public async Task Order_GarbageForPayments_IsLimitedByAddress()
    {
        for (var i = 0; i < 2; i++) Assert.Equal(400, (await OrderAsync(Shop.Body, headers: ("PAYMENT-SIGNATURE", "e30="))).Status);

        Assert.Equal(429, (await OrderAsync(Shop.Body, headers: ("PAYMENT-SIGNATURE", "e30="))).Status);
        Assert.Equal(429, (await OrderAsync(Shop.Body, headers: ("PAYMENT-SIGNATURE", _shop.Pay()))).Status);
        Assert.Empty(_shop.Facilitator.Asked);
    }

    [Fact]
    public async Task Order_GuessesOfApiKeys_AreLimitedByAddressAndOrdersByKey()
    {
        for (var i = 0; i < 2; i++) Assert.Equal(401, (await OrderAsync(Shop.Body, headers: [("Authorization", $"Bearer ovi_{i}"), ("Idempotency-Key", "1")])).Status);
        Assert.Equal(429, (await OrderAsync(Shop.Body, headers: [("Authorization", "Bearer ovi_3"), ("Idempotency-Key", "1")])).Status);

        // Who has a key is not one of the many at his address.
        var first = await OrderAsync(Shop.Body, headers: [("Authorization", $"Bearer {TestSettings.ApiKey}"), ("Idempotency-Key", "1")]);
        Assert.Equal((202, "\"key\";q=1;w=60"), (first.Status, first.Header("RateLimit-Policy")));
        Assert.Equal(202, (await OrderAsync(Shop.Body, headers: [("Authorization", $"Bearer {TestSettings.ApiKey}"), ("Idempotency-Key", "1")])).Status);
        var second = await OrderAsync(Shop.Body, headers: [("Authorization", $"Bearer {TestSettings.ApiKey}"), ("Idempotency-Key", "2")]);
        Assert.Equal((429, false), (second.Status, second.Json.TryGetProperty("payment_state", out _)));
    }

    private async Task<HttpExchange> OrderAsync(string body, string from = "198.51.100.1", params (string Name, string Value)[] headers)
    {
        var exchange = From(from, new HttpExchange("POST", "/", headers).WithBody(body));
        return await exchange.AnswerAsync(await _shop.Orders.OrderAsync(_shop.Model, exchange.Request, _shop.Client, default));
    }

    private async Task<HttpExchange> QuoteAsync()
    {
        var exchange = From("198.51.100.1", new HttpExchange());
        return await exchange.AnswerAsync(await _shop.Orders.QuoteAsync(_shop.Model, exchange.Request, default));
    }

    private static HttpExchange From(string address, HttpExchange exchange)
    {
        exchange.Context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        return exchange;
    }
}
