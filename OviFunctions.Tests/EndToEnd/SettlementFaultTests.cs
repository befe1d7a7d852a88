using System.Text.Json.Nodes;
using OviFunctions.DevStack.Faults;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>
/// Facilitators and nodes that are down, slow, or say what is not so, once a payment was claimed. Whatever they say, the chain
/// decides: a job runs exactly when the money has moved, and it moves once.
/// </summary>
[Collection(FaultyPeersTest.Group)]
public sealed class SettlementFaultTests(FaultyPeersGateway peers) : FaultyPeersTest(peers)
{
    [Fact]
    public async Task FacilitatorHangsAfterTheMoneyMoved_TheChainIsBelieved()
    {
        Peers.Facilitator.On(FaultStage.AfterPeer, Settle, Fault.HoldUntil(Release.Task));

        await AssertPaidOnceAsync(Ticket.Of(await PayAsync(Signed)));
    }

    [Fact]
    public async Task FacilitatorLosesItsAnswerAfterTheMoneyMoved_TheChainIsBelieved()
    {
        Peers.Facilitator.On(FaultStage.AfterPeer, Settle, Fault.Drop);

        var answer = await PayUntilCertainAsync();

        Assert.Equal("settled", answer.Text("job.payment.state"));
        await AssertPaidOnceAsync(Ticket.Of(answer));
    }

    /// <summary>Measured (payments.md section 4): a facilitator that lost its node's answer says so, 4 of 4.</summary>
    [Fact]
    public async Task FacilitatorSaysNoAlthoughTheMoneyMoved_TheChainIsBelieved()
    {
        Peers.Facilitator.On(FaultStage.AfterPeer, Settle, Fault.Answer(200, SettleAnswer(success: false, transaction: "")));

        var answer = await PayUntilCertainAsync();

        Assert.Equal("settled", answer.Text("job.payment.state"));
        Assert.True(answer.Receipt(X402Version.V2)!.Value.GetProperty("success").GetBoolean());
        await AssertPaidOnceAsync(Ticket.Of(answer));
    }

    /// <summary>The same at the chain, not played: the node takes the transaction, and its answer is lost.</summary>
    [Theory]
    [InlineData(X402Version.V1)]
    [InlineData(X402Version.V2)]
    public async Task FacilitatorLosesItsNodesAnswer_SaysNoAlthoughTheMoneyMoved_AndTheChainIsBelieved(X402Version version)
    {
        var lost = Peers.FacilitatorsNode.On(
            FaultStage.AfterPeer, request => Match.Body(request).Contains("eth_sendRawTransaction", StringComparison.Ordinal), Fault.Drop);
        var said = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        Peers.Facilitator.On(FaultStage.AfterPeer, Settle, Fault.Modify(answer =>
        {
            said.TrySetResult(JsonNode.Parse(answer.Text)!);
            return answer;
        }));

        var answer = await PayAsync(Signed, version: version);
        var no = await said.Task.WaitAsync(Soon);

        Assert.Equal((1, false, ""), (lost.Hits, (bool)no["success"]!, (string?)no["transaction"]));
        await AssertPaidOnceAsync(Ticket.Of(answer));
    }

    [Fact]
    public async Task NodeDownAfterTheMoneyMoved_IsPending_AndDeliveredWhenItIsBack()
    {
        var settled = Peers.Facilitator.On(FaultStage.AfterPeer, Settle, Fault.HoldUntil(Release.Task));
        var paying = PayAsync(Signed);
        await settled.Reached.WaitAsync(Soon);
        Peers.Node.On(FaultStage.BeforePeer, Match.Any, Fault.Drop);
        Release.SetResult();

        var answer = await paying;
        var again = await PayAsync(Signed);

        Assert.All([answer, again], pending =>
        {
            Assert.Equal((202, "payment_pending"), (pending.Status, pending.Text("job.status")));
            Assert.Equal("in_flight", pending.Text("job.payment.state"));
            Assert.Null(pending.Receipt(X402Version.V2));
            Assert.NotNull(pending.Header("Retry-After"));
        });
        Assert.Equal(0, SubmitsAt(Stack.Fal));
        Peers.Node.Clear();
        await AssertPaidOnceAsync(Ticket.Of(answer));
    }

    [Fact]
    public async Task NonceSpentElsewhereBeforeWeSettle_Is402AndRunsNothing()
    {
        var settling = Peers.Facilitator.On(FaultStage.BeforePeer, Settle, Fault.HoldUntil(Release.Task), times: 1);
        var paying = PayAsync(Signed, Body(webhook: true));
        await settling.Reached.WaitAsync(Soon);
        await Payer.SubmitByThirdPartyAsync(Payer.Sign(Signed.Transfer with { To = Payer.Address, Value = 1 }));
        await Chain.Rpc.MineAsync(3, TimeSpan.FromSeconds(1), Soon);
        Release.SetResult();

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
        Signed = Payer.Sign(Signed.Transfer with { ValidBefore = soon });
        OnFacilitators(Settle, Fault.Answer(200, SettleAnswer(success: false, transaction: "")));

        var ticket = Ticket.Of(await PayAsync(Signed, Body(webhook: true)));
        await Chain.Rpc.AdvanceAsync(TimeSpan.FromSeconds(45), Soon);
        await Chain.Rpc.MineAsync(2, TimeSpan.FromSeconds(1), Soon);
        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal(("failed", "unused", "payment"), (job.Text("status"), job.Text("payment.state"), job.Text("error.stage")));
        Assert.Equal(0, job.GetProperty("cost_actual_usd").GetDecimal());
        var again = await PayAsync(Signed, Body(webhook: true));
        Assert.Equal((402, "resign"), (again.Status, again.Text("retry_action")));
        await AssertUnpaidForGoodAsync();
    }

    [Fact]
    public async Task CanceledBeforeItIsSettled_IsNeverCharged()
    {
        var body = Body(webhook: true);
        body["image_url"] = new Uri(Peers.Images.Url, "held/canceled.png").AbsoluteUri;
        var ordered = await PayAsync(Signed, body);
        var ticket = Ticket.Of(ordered);

        var canceled = await Shop.SendAsync(HttpMethod.Delete, ticket.Path, headers: [ticket.Bearer]);
        Peers.Images.Release("/held/canceled.png");
        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal(("queued", "unused"), (ordered.Text("job.status"), ordered.Text("job.payment.state")));
        Assert.Equal(202, canceled.Status);
        Assert.Equal(("canceled", "unused"), (job.Text("status"), job.Text("payment.state")));
        Assert.Equal(10 * Price, await Payer.BalanceAsync());
        await AssertUnpaidForGoodAsync();
    }

    /// <summary>Repeats the request, as buyers are told to, until it is certain whether it was paid.</summary>
    private async Task<Answer> PayUntilCertainAsync(JsonObject? body = null)
    {
        while (true)
        {
            var answer = await PayAsync(Signed, body);
            if (answer.Text("job.status") is not ("queued" or "payment_pending")) return answer;
        }
    }

    private string SettleAnswer(bool success, string transaction)
    {
        var answer = new JsonObject
        {
            ["success"] = success,
            ["transaction"] = transaction,
            ["network"] = "eip155:84532",
            ["payer"] = Payer.Address.ToChecksumString(),
        };
        if (!success) answer["errorReason"] = "invalid_exact_evm_transaction_failed";
        return answer.ToJsonString();
    }
}
