using OviFunctions.DevStack;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>The same payment again, and payments that are almost the same.</summary>
public sealed class ReplayTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task SameRequest_GivesTheSameJobAndReceipt_WithoutTheWebhookSecret()
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());

        var first = await PayAsync(signed);
        var ticket = Ticket.Of(first);
        var early = await PayAsync(signed);
        await Shop.EndOfAsync(ticket);
        var late = await PayAsync(signed);

        Assert.NotNull(ticket.WebhookSecret);
        Assert.All([early, late], again =>
        {
            Assert.Equal(ticket with { WebhookSecret = null }, Ticket.Of(again));
            Assert.Equal(first.Header("PAYMENT-RESPONSE"), again.Header("PAYMENT-RESPONSE"));
        });
        Assert.Equal("succeeded", late.Text("job.status"));
        Assert.Equal([Price], await payer.PaymentsAsync());
        Assert.Equal(1, SubmitsAt(Stack.Fal));
    }

    [Fact]
    public async Task OtherBody_Is409AndThirdTime429_AndTheJobGoesOn()
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        var ticket = Ticket.Of(await PayAsync(signed));
        var other = Body();
        other["num_inference_steps"] = 20;

        var answers = new List<Answer>();
        for (var i = 0; i < 3; i++) answers.Add(await PayAsync(signed, other));

        Assert.Equal([409, 409, 429], answers.Select(answer => answer.Status));
        Assert.All(answers, answer => Assert.Equal("resign", answer.Text("retry_action")));
        Assert.All(answers, answer => Assert.DoesNotContain(ticket.Id, answer.ToString(), StringComparison.Ordinal));
        Assert.Equal("succeeded", (await Shop.EndOfAsync(ticket)).Text("status"));
        Assert.Equal([Price], await payer.PaymentsAsync());
        Assert.Equal(1, SubmitsAt(Stack.Fal));
    }

    [Fact]
    public async Task BodyThatOnlyLooksDifferent_IsTheSame()
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        var ticket = Ticket.Of(await PayAsync(signed));
        var same = $$"""{ "seed" : 7.0, "image_url":"{{OrderBody.Image}}", "prompt":"\u0041{{Prompt[1..]}}" }""";

        var again = await Shop.OrderAsync(same, Shop.Pay(await Shop.QuoteAsync(), signed));

        Assert.Equal(ticket.Id, Ticket.Of(again).Id);
    }

    [Fact]
    public async Task OtherSignatureForTheSameNonce_Is409()
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        var ticket = Ticket.Of(await PayAsync(signed));
        var other = payer.Sign(signed.Transfer with { ValidBefore = new Uint256(signed.Transfer.ValidBefore.Value - 1) });

        var answer = await PayAsync(other);

        Assert.Equal((409, "bound_to_another_request"), (answer.Status, answer.Text("code")));
        await Shop.EndOfAsync(ticket);
        Assert.Equal([Price], await payer.PaymentsAsync());
    }

    [Fact]
    public async Task IdempotencyKey_WithANewPayment_GivesTheSameJobAndNeverSettlesIt()
    {
        var payer = await NewPayerAsync();
        var quote = await Shop.QuoteAsync();
        var (first, second) = (payer.Sign(quote), payer.Sign(quote));
        (string, string)[] key = [("Idempotency-Key", Prompt.Replace(' ', '-'))];

        var ticket = Ticket.Of(await PayAsync(first, headers: key));
        var again = await PayAsync(second, headers: key);

        Assert.Equal(ticket with { WebhookSecret = null }, Ticket.Of(again));
        await Shop.EndOfAsync(ticket);
        Assert.Equal([Price], await payer.PaymentsAsync());
        Assert.False(await payer.IsUsedAsync(second));
        Assert.False(await Gateway.HasClaimAsync(second));
    }

    [Fact]
    public async Task IdempotencyKey_WithANewPaymentAndAnotherBody_Is409AndUncharged()
    {
        var payer = await NewPayerAsync();
        var quote = await Shop.QuoteAsync();
        (string, string)[] key = [("Idempotency-Key", "body-key")];
        var ticket = Ticket.Of(await PayAsync(payer.Sign(quote), headers: key));
        var other = Body();
        other["seed"] = 8;
        var second = payer.Sign(quote);

        var answer = await PayAsync(second, other, headers: key);

        Assert.Equal(409, answer.Status);
        await Shop.EndOfAsync(ticket);
        Assert.False(await payer.IsUsedAsync(second));
    }

    [Fact]
    public async Task IdempotencyKey_LeftOutTheSecondTime_Is409()
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        var ticket = Ticket.Of(await PayAsync(signed, headers: [("Idempotency-Key", "left-out")]));

        var answer = await PayAsync(signed);

        Assert.Equal(409, answer.Status);
        await Shop.EndOfAsync(ticket);
    }

    [Fact]
    public async Task IdempotencyKey_OfAnotherWallet_IsAnotherJob()
    {
        var quote = await Shop.QuoteAsync();
        (string, string)[] key = [("Idempotency-Key", "shared-key")];

        var one = Ticket.Of(await PayAsync((await NewPayerAsync()).Sign(quote), headers: key));
        var two = Ticket.Of(await PayAsync((await NewPayerAsync()).Sign(quote), headers: key));

        Assert.NotEqual(one.Id, two.Id);
        await Task.WhenAll(Shop.EndOfAsync(one), Shop.EndOfAsync(two));
    }

    [Fact]
    public async Task PaymentIdentifier_WithANewPayment_GivesTheSameJob()
    {
        var payer = await NewPayerAsync();
        var quote = await Shop.QuoteAsync();
        var (first, second) = (payer.Sign(quote), payer.Sign(quote));

        var ticket = Ticket.Of(await IdentifiedAsync(first));
        var again = Ticket.Of(await IdentifiedAsync(second));

        Assert.Equal(ticket with { WebhookSecret = null }, again);
        await Shop.EndOfAsync(ticket);
        Assert.Equal([Price], await payer.PaymentsAsync());
        Assert.False(await payer.IsUsedAsync(second));

        Task<Answer> IdentifiedAsync(SignedAuthorization signed) => PayAsync(signed, change: payment => payment["extensions"] =
            new System.Text.Json.Nodes.JsonObject
            {
                ["payment-identifier"] = new System.Text.Json.Nodes.JsonObject
                {
                    ["info"] = new System.Text.Json.Nodes.JsonObject { ["required"] = false, ["id"] = "order_0123456789abcdef" },
                },
            });
    }

    [Fact]
    public async Task OtherVersionOfTheSamePayment_IsTheSameJob_AnsweredInThatVersion()
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());

        var first = await PayAsync(signed, version: X402Version.V1);
        var again = await PayAsync(signed, version: X402Version.V2);

        Assert.Equal(Ticket.Of(first).Id, Ticket.Of(again).Id);
        Assert.Equal("base-sepolia", first.Receipt(X402Version.V1)!.Value.Text("network"));
        Assert.Equal("eip155:84532", again.Receipt(X402Version.V2)!.Value.Text("network"));
        Assert.Equal(
            first.Receipt(X402Version.V1)!.Value.Text("transaction"), again.Receipt(X402Version.V2)!.Value.Text("transaction"));
        await Shop.EndOfAsync(Ticket.Of(first));
        Assert.Equal([Price], await payer.PaymentsAsync());
    }

    [Fact]
    public async Task TwoWaysToPay_Are400AndUncharged()
    {
        var payer = await NewPayerAsync();
        var quote = await Shop.QuoteAsync();
        var signed = payer.Sign(quote);
        var (v1, v2) = (Shop.Pay(quote, signed, X402Version.V1), Shop.Pay(quote, signed));
        var bearer = ("Authorization", "Bearer " + GatewaySettings.ApiKey);
        IEnumerable<(string, string)>[] pairs = [[v1, v2], [v1, bearer], [v2, bearer]];

        foreach (var pair in pairs)
        {
            var answer = await Shop.OrderAsync(Body().ToJsonString(), pair);
            Assert.Equal((400, "one_way_to_pay", "unused"), (answer.Status, answer.Text("code"), answer.Text("payment_state")));
        }

        var twice = await Shop.OrderAsync(Body().ToJsonString(), v2, v2);
        Assert.Equal((400, "unused"), (twice.Status, twice.Text("payment_state")));
        await AssertUntouchedAsync(payer, signed);
    }

    [Fact]
    public async Task ApiKey_SameIdempotencyKey_IsTheSameJobForThatCustomerOnly()
    {
        var body = Body().ToJsonString();
        var other = Body();
        other["seed"] = 8;
        var key = Prompt.Replace(' ', '-');

        var first = Ticket.Of(await Shop.OrderAsync(body, Shop.Key(GatewaySettings.ApiKey, key)));
        var again = Ticket.Of(await Shop.OrderAsync(body, Shop.Key(GatewaySettings.ApiKey, key)));
        var changed = await Shop.OrderAsync(other.ToJsonString(), Shop.Key(GatewaySettings.ApiKey, key));
        var somebodyElses = Ticket.Of(await Shop.OrderAsync(body, Shop.Key(TestGateway.OtherApiKey, key)));

        Assert.Equal(first with { WebhookSecret = null }, again);
        Assert.Equal(409, changed.Status);
        Assert.NotEqual(first.Id, somebodyElses.Id);
        await Task.WhenAll(Shop.EndOfAsync(first), Shop.EndOfAsync(somebodyElses));
        Assert.Equal(2, SubmitsAt(Stack.Fal));
    }

    [Fact]
    public async Task ApiKey_ThatIsWrongOrComesWithoutAnIdempotencyKey_OrdersNothing()
    {
        var body = Body().ToJsonString();

        var wrong = await Shop.OrderAsync(body, Shop.Key("ovi_wrong", "k"));
        var without = await Shop.OrderAsync(body, ("Authorization", "Bearer " + GatewaySettings.ApiKey));

        Assert.Equal((401, "Bearer"), (wrong.Status, wrong.Header("WWW-Authenticate")));
        Assert.Equal((400, "idempotency_key_required"), (without.Status, without.Text("code")));
        Assert.Equal(0, SubmitsAt(Stack.Fal));
    }
}
