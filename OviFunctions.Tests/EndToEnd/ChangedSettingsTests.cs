using OviFunctions.DevStack.Parts;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>Gateways with other settings than the rest of the tests.</summary>
public sealed class ChangedSettingsTests(StackFixture stack) : IClassFixture<StackFixture>
{
    [Fact]
    public async Task PriceAndPayeeChanged_AnOldPaymentStillFindsItsJob()
    {
        var place = $"changed-{Path.GetRandomFileName().Replace('.', '-')}";
        (string, string)[] store = [("Storage__Container", place), ("EmbeddedHost__DatabasePath", Path.Combine(stack.Stack.Host.DataFolder, place + ".db"))];
        var payer = await Payer.CreateAsync(stack.Stack.Chain!);
        var body = OrderBody.For("A mill in the wind.").ToJsonString();
        (string, string) payment;
        Answer first;
        await using (var before = await TestGateway.StartAsync(stack.Stack, settings: store))
        {
            var quote = await before.Shop.QuoteAsync();
            payment = Shop.Pay(quote, payer.Sign(quote));
            first = await before.Shop.OrderAsync(body, payment);
            await before.Shop.EndOfAsync(Ticket.Of(first));
        }

        await using var after = await TestGateway.StartAsync(
            stack.Stack, settings: [.. store, ("Prices__OviImageToVideo", "0.5"), ("Payments__PayTo", DevAccounts.Refunds.Address)]);
        var again = await after.Shop.OrderAsync(body, payment);
        var stale = await after.Shop.OrderAsync(
            body.Replace("mill", "tower", StringComparison.Ordinal), Shop.Pay(await after.Shop.QuoteAsync(), payer.Sign(await after.Shop.QuoteAsync(), transfer => transfer with { Value = GatewayTest.Price })));

        Assert.Equal("500000", (await after.Shop.QuoteAsync()).V2.Text("accepts.0.amount"));
        Assert.Equal(Ticket.Of(first) with { WebhookSecret = null }, Ticket.Of(again));
        Assert.Equal((first.Header("PAYMENT-RESPONSE"), "succeeded"), (again.Header("PAYMENT-RESPONSE"), again.Text("job.status")));
        Assert.Equal((402, "payment_amount_mismatch"), (stale.Status, stale.Text("code")));
        Assert.Equal([GatewayTest.Price], await payer.PaymentsAsync());
    }

    [Fact]
    public async Task PaymentsOff_OrdersByApiKeyOnly()
    {
        await using var gateway = await TestGateway.StartAsync(
            stack.Stack, own => own with { Network = null, ChainRpc = null, Facilitators = [] });
        var body = OrderBody.For("A mill without wind.").ToJsonString();

        var probe = await gateway.Shop.OrderAsync("");
        var paid = await gateway.Shop.OrderAsync(body, ("X-PAYMENT", "e30="));
        var ticket = Ticket.Of(await gateway.Shop.OrderAsync(body, Shop.Key(OviFunctions.DevStack.GatewaySettings.ApiKey, "one")));

        Assert.Equal((401, "Bearer"), (probe.Status, probe.Header("WWW-Authenticate")));
        Assert.Null(probe.Header(X402Headers.Required));
        Assert.Equal((400, "payments_off"), (paid.Status, paid.Text("code")));
        Assert.Equal("succeeded", (await gateway.Shop.EndOfAsync(ticket)).Text("status"));
    }
}
