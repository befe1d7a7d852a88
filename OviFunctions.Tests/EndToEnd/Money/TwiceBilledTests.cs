using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Parts;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd.Money;

/// <summary>
/// A facilitator that is slower than its shop waits, while the money moves, for the same buyer at two shops: one on the reference
/// server, and ours.
/// </summary>
[Collection(FaultyPeersTest.Group)]
public sealed class TwiceBilledTests(FaultyPeersGateway peers) : FaultyPeersTest(peers)
{
    [Fact]
    public async Task SettleTimesOutAfterTheMoneyMoved_TheReferenceServerBillsTwice_AndWeDeliverForOneBill()
    {
        var customer = await NewPayerAsync();
        await using var slow = await FaultProxy.StartAsync(Stack.Endpoints.Facilitators[0], TimeProvider.System);
        await using var reference = await ReferenceSeller.StartAsync(Stack, slow.Url, TimeSpan.FromSeconds(2));

        // The reference server: the buyer has paid, gets nothing for it however often he asks, and pays again.
        slow.On(FaultStage.AfterPeer, Settle, Fault.HoldUntil(Release.Task), times: 1);
        var billed = await BuyAsync(customer, reference.Url, "{}");
        Assert.Equal([Price], await customer.PaymentsAsync());
        Assert.Equal((502, null), (billed.Status, billed.Receipt?.Text("transaction")));
        using var again = new Shop(reference.Url);
        var repeated = await again.SendAsync(HttpMethod.Post, reference.Url.AbsolutePath, headers: [("PAYMENT-SIGNATURE", billed.Payment!)]);
        Assert.Equal(402, repeated.Status);
        var billedAgain = await BuyAsync(customer, reference.Url, "{}");
        Assert.Equal(200, billedAgain.Status);
        Assert.Equal([Price, Price], await customer.PaymentsAsync());

        // Ours, with the same facilitator as slow, and the same buyer's client.
        var held = Peers.Facilitator.On(FaultStage.AfterPeer, Settle, Fault.HoldUntil(Release.Task), times: 1);
        var bought = await BuyAsync(Payer, new Uri(Gateway.Process.Url, Shop.JobsPath), Body().ToJsonString());
        Assert.Equal((1, 202), (held.Hits, bought.Status));
        await AssertPaidOnceAsync(new Ticket(bought.Body!.Value.Text("job.id")!, bought.Body.Value.Text("job_token")!, WebhookSecret: null));
    }

    private Task<PurchaseOutcome> BuyAsync(Payer payer, Uri shop, string body) =>
        Buyer.BuyAsync(Stack.Host, Chain.Network, new Purchase(shop, body) { Wallet = payer.Wallet, ShowPayment = true }, Soon);
}
