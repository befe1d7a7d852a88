using System.Text.Json.Nodes;
using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>
/// Facilitators and nodes that are down, slow, or say what is not so, at every step of a payment. Whatever they say, the chain
/// decides: a job runs exactly when the money has moved, and it moves once.
/// </summary>
public sealed class PaymentFaultTests : GatewayTest, IClassFixture<FaultyPeersGateway>, IAsyncLifetime
{
    private static readonly Func<Microsoft.AspNetCore.Http.HttpRequest, bool> Settle = Match.Request("POST", "/settle");
    private static readonly Func<Microsoft.AspNetCore.Http.HttpRequest, bool> Verify = Match.Request("POST", "/verify");

    private readonly FaultyPeersGateway _peers;
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Payer _payer = null!;
    private SignedAuthorization _signed = null!;

    public PaymentFaultTests(FaultyPeersGateway peers) : base(peers.Gateway) => _peers = peers;

    public async Task InitializeAsync()
    {
        _payer = await NewPayerAsync();
        _signed = _payer.Sign(await Shop.QuoteAsync());
    }

    public Task DisposeAsync()
    {
        _peers.Mend();
        _release.TrySetResult();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task FacilitatorsDown_Is503AndUncharged_AndTheSamePaymentIsGoodLater()
    {
        _peers.Facilitator.On(FaultStage.BeforePeer, Match.Any, Fault.Drop);
        _peers.SecondFacilitator.On(FaultStage.BeforePeer, Match.Any, Fault.Answer(502, "<html>Bad gateway</html>", "text/html"));

        await AssertUnavailableAsync();
    }

    [Fact]
    public async Task NodeDownAtAdmission_Is503AndUncharged_AndTheSamePaymentIsGoodLater()
    {
        _peers.Node.On(FaultStage.BeforePeer, Match.Any, Fault.Drop);

        await AssertUnavailableAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("<?xml version=\"1.0\"?><Error><Code>ServerBusy</Code><Message>The server is busy.</Message></Error>")]
    public async Task StorageDown_Is503_AndTheSameRequestIsGoodLater(string? error)
    {
        _peers.Storage.On(FaultStage.BeforePeer, Match.Any, error is null ? Fault.Drop : Fault.Answer(503, error, "application/xml"));

        var refused = await PayAsync(_signed);

        Assert.Equal((503, "storage_unavailable"), (refused.Status, refused.Text("code")));
        Assert.Equal(("retry_same_payment", "in_flight"), (refused.Text("retry_action"), refused.Text("payment_state")));
        Assert.NotNull(refused.Header("Retry-After"));
        await AssertUntouchedAsync(_payer, _signed);
        _peers.Mend();
        await AssertPaidOnceAsync(Ticket.Of(await PayAsync(_signed)));
    }

    [Fact]
    public async Task ClaimWhoseAnswerWasLost_IsStillOurs()
    {
        var lost = _peers.Storage.On(
            FaultStage.AfterPeer, Match.Request("PUT", path => path.Contains("/claims/", StringComparison.Ordinal)), Fault.Drop, times: 1);

        var ticket = Ticket.Of(await PayAsync(_signed));

        Assert.Equal(1, lost.Hits);
        Assert.NotNull(ticket.WebhookSecret);
        await AssertPaidOnceAsync(ticket);
    }

    [Fact]
    public async Task FirstFacilitatorDoesNotAnswer_TheNextOneIsAsked()
    {
        _peers.Facilitator.On(FaultStage.BeforePeer, Verify, Fault.Drop);
        var second = _peers.SecondFacilitator.On(FaultStage.BeforePeer, Verify, Fault.Delay(TimeSpan.Zero));

        await AssertPaidOnceAsync(Ticket.Of(await PayAsync(_signed)));

        Assert.Equal(1, second.Hits);
    }

    [Fact]
    public async Task FacilitatorHangsAfterTheMoneyMoved_TheChainIsBelieved()
    {
        _peers.Facilitator.On(FaultStage.AfterPeer, Settle, Fault.HoldUntil(_release.Task));

        await AssertPaidOnceAsync(Ticket.Of(await PayAsync(_signed)));
    }

    [Fact]
    public async Task FacilitatorLosesItsAnswerAfterTheMoneyMoved_TheChainIsBelieved()
    {
        _peers.Facilitator.On(FaultStage.AfterPeer, Settle, Fault.Drop);

        var answer = await PayUntilCertainAsync();

        Assert.Equal("settled", answer.Text("job.payment.state"));
        await AssertPaidOnceAsync(Ticket.Of(answer));
    }

    /// <summary>Measured (payments.md section 4): a facilitator that lost its node's answer says so, 4 of 4.</summary>
    [Fact]
    public async Task FacilitatorSaysNoAlthoughTheMoneyMoved_TheChainIsBelieved()
    {
        _peers.Facilitator.On(FaultStage.AfterPeer, Settle, Fault.Answer(200, SettleAnswer(success: false, transaction: "")));

        var answer = await PayUntilCertainAsync();

        Assert.Equal("settled", answer.Text("job.payment.state"));
        Assert.True(answer.Receipt(X402Version.V2)!.Value.GetProperty("success").GetBoolean());
        await AssertPaidOnceAsync(Ticket.Of(answer));
    }

    [Fact]
    public async Task FacilitatorSaysYesAlthoughNothingMoved_IsNotBelieved_AndTheNextOneSettles()
    {
        _peers.Facilitator.On(FaultStage.BeforePeer, Settle, Fault.Answer(200, SettleAnswer(success: true, transaction: "0x" + new string('1', 64))));
        var secondSettles = _peers.SecondFacilitator.On(FaultStage.BeforePeer, Settle, Fault.HoldUntil(_release.Task));

        var answer = await PayAsync(_signed);
        await secondSettles.Reached.WaitAsync(Soon);

        Assert.Equal((202, "payment_pending", "in_flight"), (answer.Status, answer.Text("job.status"), answer.Text("job.payment.state")));
        Assert.Null(answer.Receipt(X402Version.V2));
        Assert.Equal(0, SubmitsAt(Stack.Fal));
        Assert.Equal(10 * Price, await _payer.BalanceAsync());

        _release.SetResult();
        await AssertPaidOnceAsync(Ticket.Of(answer));
    }

    [Fact]
    public async Task NodeDownAfterTheMoneyMoved_IsPending_AndDeliveredWhenItIsBack()
    {
        var settled = _peers.Facilitator.On(FaultStage.AfterPeer, Settle, Fault.HoldUntil(_release.Task));
        var paying = PayAsync(_signed);
        await settled.Reached.WaitAsync(Soon);
        _peers.Node.On(FaultStage.BeforePeer, Match.Any, Fault.Drop);
        _release.SetResult();

        var answer = await paying;
        var again = await PayAsync(_signed);

        Assert.All([answer, again], pending =>
        {
            Assert.Equal((202, "payment_pending", "in_flight"), (pending.Status, pending.Text("job.status"), pending.Text("job.payment.state")));
            Assert.Null(pending.Receipt(X402Version.V2));
            Assert.NotNull(pending.Header("Retry-After"));
        });
        Assert.Equal(0, SubmitsAt(Stack.Fal));
        _peers.Node.Clear();
        await AssertPaidOnceAsync(Ticket.Of(answer));
    }

    [Fact]
    public async Task NonceSpentElsewhereBeforeWeSettle_Is402AndRunsNothing()
    {
        var settling = _peers.Facilitator.On(FaultStage.BeforePeer, Settle, Fault.HoldUntil(_release.Task), times: 1);
        var paying = PayAsync(_signed, Body(webhook: true));
        await settling.Reached.WaitAsync(Soon);
        await _payer.SubmitByThirdPartyAsync(_payer.Sign(_signed.Transfer with { To = _payer.Address, Value = 1 }));
        await Chain.Rpc.MineAsync(3, TimeSpan.FromSeconds(1), Soon);
        _release.SetResult();

        await paying;
        var answer = await PayUntilCertainAsync(Body(webhook: true));

        Assert.Equal((402, "resign", "unused"), (answer.Status, answer.Text("retry_action"), answer.Text("payment_state")));
        Assert.False(answer.Receipt(X402Version.V2)!.Value.GetProperty("success").GetBoolean());
        await AssertUnpaidForGoodAsync();
    }

    [Fact]
    public async Task AuthorizationThatRunsOutUnsettled_EndsTheJobUnpaid()
    {
        var soon = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 40;
        _signed = _payer.Sign(_signed.Transfer with { ValidBefore = soon });
        foreach (var facilitator in new[] { _peers.Facilitator, _peers.SecondFacilitator })
            facilitator.On(FaultStage.BeforePeer, Settle, Fault.Answer(200, SettleAnswer(success: false, transaction: "")));

        var ticket = Ticket.Of(await PayAsync(_signed, Body(webhook: true)));
        await Chain.Rpc.AdvanceAsync(TimeSpan.FromSeconds(45), Soon);
        await Chain.Rpc.MineAsync(2, TimeSpan.FromSeconds(1), Soon);
        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal(("failed", "unused", "payment"), (job.Text("status"), job.Text("payment.state"), job.Text("error.stage")));
        Assert.Equal(0, job.GetProperty("cost_actual_usd").GetDecimal());
        var again = await PayAsync(_signed, Body(webhook: true));
        Assert.Equal((402, "resign"), (again.Status, again.Text("retry_action")));
        await AssertUnpaidForGoodAsync();
    }

    [Fact]
    public async Task BuyerHangsUpWhileWeSettle_TheJobGoesOn_AndTheSameRequestFindsIt()
    {
        var settling = _peers.Facilitator.On(FaultStage.BeforePeer, Settle, Fault.HoldUntil(_release.Task));
        using var patience = new CancellationTokenSource();
        var body = System.Text.Encoding.UTF8.GetBytes(Body().ToJsonString());
        var payment = Shop.Pay(await Shop.QuoteAsync(), _signed);
        var lost = Shop.OrderAsync(body, [payment], patience.Token);
        await settling.Reached.WaitAsync(Soon);

        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        _release.SetResult();

        await AssertPaidOnceAsync(Ticket.Of(await PayAsync(_signed)));
    }

    [Fact]
    public async Task CanceledBeforeItIsSettled_IsNeverCharged()
    {
        var body = Body(webhook: true);
        body["image_url"] = new Uri(_peers.Images.Url, "held/canceled.png").AbsoluteUri;
        var ordered = await PayAsync(_signed, body);
        var ticket = Ticket.Of(ordered);

        var canceled = await Shop.SendAsync(HttpMethod.Delete, ticket.Path, headers: [ticket.Bearer]);
        _peers.Images.Release("/held/canceled.png");
        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal(("queued", "unused"), (ordered.Text("job.status"), ordered.Text("job.payment.state")));
        Assert.Equal(202, canceled.Status);
        Assert.Equal(("canceled", "unused"), (job.Text("status"), job.Text("payment.state")));
        Assert.Equal(10 * Price, await _payer.BalanceAsync());
        await AssertUnpaidForGoodAsync();
    }

    [Fact]
    public async Task ThirdUnsettledPayment_Is429_UntilTheOthersAreSettled()
    {
        foreach (var facilitator in new[] { _peers.Facilitator, _peers.SecondFacilitator })
            facilitator.On(FaultStage.BeforePeer, Settle, Fault.HoldUntil(_release.Task));
        var quote = await Shop.QuoteAsync();
        var third = _payer.Sign(quote);
        var pending = await Task.WhenAll(PayAsync(_signed), PayAsync(_payer.Sign(quote)));

        var refused = await PayAsync(third);

        Assert.Equal([202, 202], pending.Select(answer => answer.Status));
        Assert.Equal((429, "wait_and_retry", "unused"), (refused.Status, refused.Text("retry_action"), refused.Text("payment_state")));
        Assert.False(await Gateway.HasClaimAsync(third));
        _release.SetResult();
        await Task.WhenAll(pending.Select(answer => Shop.EndOfAsync(Ticket.Of(answer))));
        await Shop.EndOfAsync(Ticket.Of(await PayAsync(third)));
        Assert.Equal([Price, Price, Price], await _payer.PaymentsAsync());
    }

    [Fact]
    public async Task BalanceForOneOfTwoPayments_TakesOne()
    {
        var poor = await NewPayerAsync(usdc: Price + (Price / 2));
        foreach (var facilitator in new[] { _peers.Facilitator, _peers.SecondFacilitator })
            facilitator.On(FaultStage.BeforePeer, Settle, Fault.HoldUntil(_release.Task));
        var quote = await Shop.QuoteAsync();
        var signed = new[] { poor.Sign(quote), poor.Sign(quote) };

        var answers = await Task.WhenAll(signed.Select(one => PayAsync(one)));

        Assert.Equal([202, 402], answers.Select(answer => answer.Status).Order());
        _release.SetResult();
        await Shop.EndOfAsync(Ticket.Of(answers.Single(answer => answer.Status == 202)));
        Assert.Equal([Price], await poor.PaymentsAsync());
    }

    /// <summary>Payer, nonce and signature are public on the chain once settled, so later they prove nothing about who asks.</summary>
    [Fact]
    public async Task ReplayAfterTheAuthorizationExpired_ShowsTheJobButNoToken()
    {
        var (body, payment, validBefore) = _peers.Expiring;
        await Eventually.TrueAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow() > validBefore));

        var answer = await Shop.OrderAsync(body, payment);

        Assert.Equal((202, _peers.ExpiringTicket.Id, "succeeded"), (answer.Status, answer.Text("job.id"), answer.Text("job.status")));
        Assert.Null(answer.Text("job_token"));
        Assert.Null(answer.Text("webhook_secret"));
        Assert.Equal(0, answer.Json.Count("job.assets"));
        Assert.Null(answer.Json.Find("job.params"));
    }

    /// <summary>Repeats the request, as buyers are told to, until it is certain whether it was paid.</summary>
    private async Task<Answer> PayUntilCertainAsync(JsonObject? body = null)
    {
        while (true)
        {
            var answer = await PayAsync(_signed, body);
            if (answer.Text("job.status") is not ("queued" or "payment_pending")) return answer;
        }
    }

    private async Task AssertUnavailableAsync()
    {
        var refused = await PayAsync(_signed);

        Assert.Equal(503, refused.Status);
        Assert.Equal(("retry_same_payment", "unused"), (refused.Text("retry_action"), refused.Text("payment_state")));
        Assert.NotNull(refused.Header("Retry-After"));
        Assert.Equal(402, (await Shop.OrderAsync("")).Status);
        await AssertUntouchedAsync(_payer, _signed);
        _peers.Mend();
        await AssertPaidOnceAsync(Ticket.Of(await PayAsync(_signed)));
    }

    private async Task AssertPaidOnceAsync(Ticket ticket)
    {
        var job = await Shop.EndOfAsync(ticket);
        Assert.Equal(("succeeded", "settled"), (job.Text("status"), job.Text("payment.state")));
        var receipt = await Chain.Rpc.GetReceiptAsync(job.Text("payment.transaction")!, Soon);
        Assert.Equal("0x1", receipt!.Value.Text("status"));
        Assert.Equal([Price], await _payer.PaymentsAsync());
        Assert.Equal(1, SubmitsAt(Stack.Fal));
    }

    private async Task AssertUnpaidForGoodAsync()
    {
        Assert.Empty(await _payer.PaymentsAsync());
        Assert.Equal((0, 0), (SubmitsAt(Stack.Fal), SubmitsAt(Stack.SecondFal)));
        Assert.Equal("Unpaid", (await Gateway.OutcomeAsync(Observations.JobIdOf(_signed))).Text("outcome"));
        Assert.Equal("job.failed", Assert.Single(await HooksAsync(1)).Json().Text("type"));
    }

    private string SettleAnswer(bool success, string transaction)
    {
        var answer = new JsonObject { ["success"] = success, ["transaction"] = transaction, ["network"] = "eip155:84532", ["payer"] = _payer.Address.ToChecksumString() };
        if (!success) answer["errorReason"] = "invalid_exact_evm_transaction_failed";
        return answer.ToJsonString();
    }
}
