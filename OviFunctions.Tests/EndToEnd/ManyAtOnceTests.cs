using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OviFunctions.DevStack;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>One payment in many requests at the same moment, alike or spelled differently: one job, one settlement.</summary>
public sealed class ManyAtOnceTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task TwentyIdenticalPaidRequests_AreOneJob()
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        var payment = Shop.Pay(await Shop.QuoteAsync(), signed);
        var body = Body().ToJsonString();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Shop.OrderAsync(body, payment)));

        var tickets = answers.Select(Ticket.Of).ToList();
        Assert.Single(tickets.Select(ticket => ticket with { WebhookSecret = null }).Distinct());
        Assert.Single(answers.Select(answer => answer.Header("PAYMENT-RESPONSE")).Distinct());
        Assert.Single(tickets, ticket => ticket.WebhookSecret is not null);
        await Shop.EndOfAsync(tickets[0]);
        Assert.Equal([Price], await payer.PaymentsAsync());
        Assert.Equal(1, SubmitsAt(Stack.Fal));
    }

    [Fact]
    public async Task TwentyIdenticalOrdersByKey_AreOneJob()
    {
        var body = Body().ToJsonString();
        var key = Shop.Key(GatewaySettings.ApiKey, Prompt.Replace(' ', '-'));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Shop.OrderAsync(body, key)));

        var tickets = answers.Select(Ticket.Of).ToList();
        Assert.Single(tickets.Select(ticket => ticket.Id).Distinct());
        Assert.Single(tickets, ticket => ticket.WebhookSecret is not null);
        await Shop.EndOfAsync(tickets[0]);
        Assert.Equal(1, SubmitsAt(Stack.Fal));
    }

    /// <summary>Measured (payments.md section 1): facilitators accept one authorization in many spellings.</summary>
    [Fact]
    public async Task FiftySpellingsOfOneAuthorization_AreOneJobAndOneSettlement()
    {
        var payer = await NewPayerAsync();
        var quote = await Shop.QuoteAsync();
        var signed = payer.Sign(quote);
        var random = new Xorshift(42);
        var payments = Enumerable.Range(0, 50).Select(i => Spell(quote, signed, i % 2 == 0 ? X402Version.V1 : X402Version.V2, random)).ToList();
        Assert.Equal(50, payments.Distinct().Count());
        var body = Body().ToJsonString();

        var answers = await Task.WhenAll(payments.Select(payment => Shop.OrderAsync(body, payment)));

        var ticket = Ticket.Of(answers[0]);
        Assert.All(answers, answer => Assert.Equal(ticket.Id, Ticket.Of(answer).Id));
        Assert.Single(answers, answer => answer.Text("webhook_secret") is not null);
        await Shop.EndOfAsync(ticket);
        Assert.Equal([Price], await payer.PaymentsAsync());
        Assert.Equal(1, SubmitsAt(Stack.Fal));
    }

    public static TheoryData<string, string> SpellingsNotTaken => new()
    {
        { "value", "0420000" },
        { "value", "4.2e5" },
        { "value", "0x668a0" },
        { "value", " 420000" },
        { "value", "+420000" },
        { "validAfter", "00" },
        { "nonce", "without 0x" },
        { "nonce", "0X" },
        { "from", "without 0x" },
        { "to", "with a blank" },
    };

    [Theory]
    [MemberData(nameof(SpellingsNotTaken))]
    public async Task SpellingThatIsNotCanonical_Is400AndUncharged(string field, string spelling)
    {
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());

        var answer = await PayAsync(signed, change: payment =>
        {
            var authorization = payment["payload"]!["authorization"]!;
            var right = (string)authorization[field]!;
            authorization[field] = spelling switch
            {
                "without 0x" => right[2..],
                "0X" => "0X" + right[2..],
                "with a blank" => right + " ",
                _ => spelling,
            };
        });

        Assert.Equal((400, "payment_malformed", "unused"), (answer.Status, answer.Text("code"), answer.Text("payment_state")));
        await AssertUntouchedAsync(payer, signed);
    }

    [Fact]
    public async Task ValueAsNumber_DuplicateKey_OrTrailingData_Is400AndUncharged()
    {
        var payer = await NewPayerAsync();
        var quote = await Shop.QuoteAsync();
        var signed = payer.Sign(quote);
        var json = quote.Payment(X402Version.V2, signed).ToJsonString();
        string[] wrong =
        [
            json.Replace("\"value\":\"420000\"", "\"value\":420000", StringComparison.Ordinal),
            json.Replace("\"value\":\"420000\"", "\"value\":\"1\",\"value\":\"420000\"", StringComparison.Ordinal),
            json + "{}",
            json + "\0",
        ];

        foreach (var payment in wrong)
        {
            Assert.NotEqual(json, payment);
            var answer = await Shop.OrderAsync(Body().ToJsonString(), ("PAYMENT-SIGNATURE", Base64(payment)));
            Assert.Equal((400, "unused"), (answer.Status, answer.Text("payment_state")));
        }

        await AssertUntouchedAsync(payer, signed);
    }

    /// <summary>The payment with other letters in its hex, another order of keys, other white space, with or without padding.</summary>
    private static (string, string) Spell(Quote quote, SignedAuthorization signed, X402Version version, Xorshift random)
    {
        var payment = quote.Payment(version, signed);
        var payload = payment["payload"]!.AsObject();
        payload["signature"] = OtherCase((string)payload["signature"]!, random);
        foreach (var field in new[] { "from", "to", "nonce" }) payload["authorization"]![field] = OtherCase((string)payload["authorization"]![field]!, random);
        if (version == X402Version.V2)
        {
            foreach (var field in new[] { "asset", "payTo" }) payment["accepted"]![field] = OtherCase((string)payment["accepted"]![field]!, random);
        }

        var text = new StringBuilder();
        Write(payment, text, random);
        var base64 = Base64(text.ToString());
        return (X402Headers.PaymentOf(version), random.Next(2) == 0 ? base64.TrimEnd('=') : base64);
    }

    private static string OtherCase(string hex, Xorshift random) =>
        "0x" + string.Concat(hex.Skip(2).Select(digit => random.Next(2) == 0 ? char.ToUpperInvariant(digit) : char.ToLowerInvariant(digit)));

    private static void Write(JsonNode? node, StringBuilder text, Xorshift random)
    {
        string[] gaps = ["", " ", "\n", "\t "];
        if (node is not JsonObject members)
        {
            text.Append(node?.ToJsonString() ?? "null");
            return;
        }

        text.Append('{');
        foreach (var (index, (name, value)) in members.OrderBy(_ => random.Next(1000)).Index())
        {
            if (index > 0) text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{gaps[random.Next(4)]}\"{name}\"{gaps[random.Next(4)]}:{gaps[random.Next(4)]}");
            Write(value, text, random);
        }

        text.Append(gaps[random.Next(4)]).Append('}');
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
