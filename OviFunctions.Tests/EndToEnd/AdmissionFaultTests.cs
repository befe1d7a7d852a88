using System.Text;
using OviFunctions.DevStack.Faults;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>
/// What a paid order needs is down, or the wallet has other payments under way: refused, nothing charged, good again later.
/// </summary>
[Collection(FaultyPeersTest.Group)]
public sealed class AdmissionFaultTests(FaultyPeersGateway peers) : FaultyPeersTest(peers)
{
    [Fact]
    public async Task FacilitatorsDown_Is503AndUncharged_AndTheSamePaymentIsGoodLater()
    {
        Peers.Facilitator.On(FaultStage.BeforePeer, Match.Any, Fault.Drop);
        Peers.SecondFacilitator.On(FaultStage.BeforePeer, Match.Any, Fault.Answer(502, "<html>Bad gateway</html>", "text/html"));

        await AssertUnavailableAsync();
    }

    [Fact]
    public async Task NodeDownAtAdmission_Is503AndUncharged_AndTheSamePaymentIsGoodLater()
    {
        Peers.Node.On(FaultStage.BeforePeer, Match.Any, Fault.Drop);

        await AssertUnavailableAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("<?xml version=\"1.0\"?><Error><Code>ServerBusy</Code><Message>The server is busy.</Message></Error>")]
    public async Task StorageDown_Is503_AndTheSameRequestIsGoodLater(string? error)
    {
        Peers.Storage.On(FaultStage.BeforePeer, Match.Any, error is null ? Fault.Drop : Fault.Answer(503, error, "application/xml"));

        var refused = await PayAsync(Signed);

        Assert.Equal((503, "storage_unavailable"), (refused.Status, refused.Text("code")));
        Assert.Equal(("retry_same_payment", "in_flight"), (refused.Text("retry_action"), refused.Text("payment_state")));
        Assert.NotNull(refused.Header("Retry-After"));
        await AssertUntouchedAsync(Payer, Signed);
        Peers.Mend();
        await AssertPaidOnceAsync(Ticket.Of(await PayAsync(Signed)));
    }

    [Fact]
    public async Task ClaimWhoseAnswerWasLost_IsStillOurs()
    {
        var lost = Peers.Storage.On(
            FaultStage.AfterPeer, Match.Request("PUT", path => path.Contains("/claims/", StringComparison.Ordinal)), Fault.Drop, times: 1);

        var ticket = Ticket.Of(await PayAsync(Signed));

        Assert.Equal(1, lost.Hits);
        Assert.NotNull(ticket.WebhookSecret);
        await AssertPaidOnceAsync(ticket);
    }

    [Fact]
    public async Task FirstFacilitatorDoesNotAnswer_TheNextOneIsAsked()
    {
        Peers.Facilitator.On(FaultStage.BeforePeer, Verify, Fault.Drop);
        var second = Peers.SecondFacilitator.On(FaultStage.BeforePeer, Verify, Fault.Delay(TimeSpan.Zero));

        await AssertPaidOnceAsync(Ticket.Of(await PayAsync(Signed)));

        Assert.Equal(1, second.Hits);
    }

    [Fact]
    public async Task ThirdUnsettledPayment_Is429_UntilTheOthersAreSettled()
    {
        OnFacilitators(Settle, Fault.HoldUntil(Release.Task));
        var quote = await Shop.QuoteAsync();
        var third = Payer.Sign(quote);
        var pending = await Task.WhenAll(PayAsync(Signed), PayAsync(Payer.Sign(quote)));

        var refused = await PayAsync(third);

        Assert.Equal([202, 202], pending.Select(answer => answer.Status));
        Assert.Equal((429, "wait_and_retry", "unused"), (refused.Status, refused.Text("retry_action"), refused.Text("payment_state")));
        Assert.False(await Gateway.HasClaimAsync(third));
        Release.SetResult();
        await Task.WhenAll(pending.Select(answer => Shop.EndOfAsync(Ticket.Of(answer))));
        await Shop.EndOfAsync(Ticket.Of(await PayAsync(third)));
        Assert.Equal([Price, Price, Price], await Payer.PaymentsAsync());
    }

    [Fact]
    public async Task BalanceForOneOfTwoPayments_TakesOne()
    {
        var poor = await NewPayerAsync(usdc: Price + (Price / 2));
        OnFacilitators(Settle, Fault.HoldUntil(Release.Task));
        var quote = await Shop.QuoteAsync();
        var signed = new[] { poor.Sign(quote), poor.Sign(quote) };

        var answers = await Task.WhenAll(signed.Select(one => PayAsync(one)));

        Assert.Equal([202, 402], answers.Select(answer => answer.Status).Order());
        Release.SetResult();
        await Shop.EndOfAsync(Ticket.Of(answers.Single(answer => answer.Status == 202)));
        Assert.Equal([Price], await poor.PaymentsAsync());
    }

    /// <summary>Payer, nonce and signature are public on the chain once settled, so later they prove nothing about who asks.</summary>
    [Fact]
    public async Task ReplayAfterTheAuthorizationExpired_ShowsTheJobButNoToken()
    {
        var (body, payment, validBefore) = Peers.Expiring;
        await Eventually.TrueAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow() > validBefore));

        var answer = await Shop.OrderAsync(body, payment);

        Assert.Equal((202, Peers.ExpiringTicket.Id, "succeeded"), (answer.Status, answer.Text("job.id"), answer.Text("job.status")));
        Assert.Null(answer.Text("job_token"));
        Assert.Null(answer.Text("webhook_secret"));
        Assert.Equal(0, answer.Json.Count("job.assets"));
        Assert.Null(answer.Json.Find("job.params"));
    }

    [Fact]
    public async Task BuyerHangsUpWhileWeSettle_TheJobGoesOn_AndTheSameRequestFindsIt()
    {
        var settling = Peers.Facilitator.On(FaultStage.BeforePeer, Settle, Fault.HoldUntil(Release.Task));
        using var patience = new CancellationTokenSource();
        var body = Encoding.UTF8.GetBytes(Body().ToJsonString());
        var payment = Shop.Pay(await Shop.QuoteAsync(), Signed);
        var lost = Shop.OrderAsync(body, [payment], cancellationToken: patience.Token);
        await settling.Reached.WaitAsync(Soon);

        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        Release.SetResult();

        await AssertPaidOnceAsync(Ticket.Of(await PayAsync(Signed)));
    }

    private async Task AssertUnavailableAsync()
    {
        var refused = await PayAsync(Signed);

        Assert.Equal(503, refused.Status);
        Assert.Equal(("retry_same_payment", "unused"), (refused.Text("retry_action"), refused.Text("payment_state")));
        Assert.NotNull(refused.Header("Retry-After"));
        Assert.Equal(402, (await Shop.OrderAsync("")).Status);
        await AssertUntouchedAsync(Payer, Signed);
        Peers.Mend();
        await AssertPaidOnceAsync(Ticket.Of(await PayAsync(Signed)));
    }
}
