using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Parts;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>
/// Two facilitators, the first of which fails its seller: it hangs, it lies, or both are down. Each test has a gateway of its own,
/// because what it finds out about a facilitator stays. The second one is of the first generation and knows version 1 only.
/// </summary>
public sealed class FacilitatorTests(StackFixture stack) : IClassFixture<StackFixture>, IAsyncLifetime
{
    private static readonly Func<HttpRequest, bool> Verify = Match.Request("POST", "/verify");
    private static readonly Func<HttpRequest, bool> Settle = Match.Request("POST", "/settle");

    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken _soon = new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    private FaultProxy _first = null!;
    private FaultProxy _second = null!;
    private FaultProxy _node = null!;
    private TestGateway _gateway = null!;
    private Payer _payer = null!;

    private Chain Chain => stack.Stack.Chain!;

    public async Task InitializeAsync()
    {
        var endpoints = stack.Stack.Endpoints;
        _first = await FaultProxy.StartAsync(endpoints.Facilitators[0], TimeProvider.System);
        _second = await FaultProxy.StartAsync(endpoints.Facilitators[1], TimeProvider.System);
        _node = await FaultProxy.StartAsync(endpoints.ChainRpc!, TimeProvider.System);
        _gateway = await TestGateway.StartAsync(
            stack.Stack, own => own with { Facilitators = [_first.Url, _second.Url], ChainRpc = _node.Url },
            [("Payments__Facilitators__1__Version", "V1"), ("Payments__FacilitatorVerifyTimeoutSeconds", "1"), ("Payments__AnswerWaitSeconds", "10")]);
        _payer = await Payer.CreateAsync(Chain);
    }

    public async Task DisposeAsync()
    {
        _release.TrySetResult();
        await _gateway.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task FirstHangs_TheSecondVerifiesAndSettlesWithinSeconds()
    {
        _first.On(FaultStage.BeforePeer, Match.Any, Fault.HoldUntil(_release.Task));
        var started = TimeProvider.System.GetTimestamp();

        var answer = await PayAsync();

        // 1 s for the first one; its settle, which may take 30 s, is not waited for.
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(8), "The order waited for the facilitator that hangs.");
        Assert.Equal((202, "settled"), (answer.Status, answer.Text("job.payment.state")));
        await AssertDeliveredAsync(answer);
    }

    [Fact]
    public async Task FirstSaysSettledAndNothingMoved_IsOutOfUse_AndTheSecondSettles()
    {
        var lie = new JsonObject
        {
            ["success"] = true,
            ["transaction"] = "0x" + new string('1', 64),
            ["network"] = "eip155:84532",
            ["payer"] = _payer.Address.ToChecksumString(),
        };
        var lied = _first.On(FaultStage.BeforePeer, Settle, Fault.Answer(200, lie.ToJsonString()));
        var compared = _node.On(
            FaultStage.AfterPeer, request => lied.Hits > 0 && Match.Body(request).Contains("\"safe\"", StringComparison.Ordinal), Fault.Delay(TimeSpan.Zero));
        _second.On(FaultStage.BeforePeer, Settle, Fault.HoldUntil(_release.Task));

        var paying = PayAsync();
        await compared.Reached.WaitAsync(_soon);
        Assert.False(await IsOutOfUseAsync()); // our node may be behind
        await Chain.Rpc.MineAsync(8, TimeSpan.Zero, _soon);
        await Eventually.TrueAsync(IsOutOfUseAsync);
        Assert.Equal(10 * GatewayTest.Price, await _payer.BalanceAsync());
        Assert.Empty(stack.Stack.Fal.SubmitsOf(Prompt));
        _release.SetResult();

        await AssertDeliveredAsync(await paying);
        var asked = _first.Exchanges.Count(exchange => exchange.Method == "POST");
        await AssertDeliveredAsync(await PayAsync(), payments: 2);
        Assert.Equal(asked, _first.Exchanges.Count(exchange => exchange.Method == "POST"));
        Assert.Equal(1, lied.Hits);
    }

    [Fact]
    public async Task NobodyAnswers_Is503AtOnceOnceThatIsKnown_AndTheSamePaymentIsGoodLater()
    {
        foreach (var proxy in new[] { _first, _second }) proxy.On(FaultStage.BeforePeer, Match.Any, Fault.Answer(502, "<html>", "text/html"));
        var signed = _payer.Sign(await _gateway.Shop.QuoteAsync());
        for (var i = 0; i < 3; i++) Assert.Equal(503, (await PayAsync(signed)).Status);
        var asked = _first.Exchanges.Count + _second.Exchanges.Count;

        var refused = await PayAsync(signed);

        Assert.Equal((503, "payments_unavailable", "unused"), (refused.Status, refused.Text("code"), refused.Text("payment_state")));
        Assert.Equal(("retry_same_payment", "30"), (refused.Text("retry_action"), refused.Header("Retry-After")));
        Assert.Equal(asked, _first.Exchanges.Count + _second.Exchanges.Count);
        Assert.False(await _gateway.HasClaimAsync(signed));
        Assert.Empty(await _payer.PaymentsAsync());
    }

    private string Prompt => $"A buoy in the fog, {_payer.Address}.";

    private async Task<Answer> PayAsync() => await PayAsync(_payer.Sign(await _gateway.Shop.QuoteAsync()));

    private async Task<Answer> PayAsync(OviFunctions.Payments.Evm.SignedAuthorization signed) => await _gateway.Shop.OrderAsync(
        OrderBody.For(Prompt).ToJsonString(), Shop.Pay(await _gateway.Shop.QuoteAsync(), signed));

    private async Task<bool> IsOutOfUseAsync()
    {
        var record = _gateway.Container.GetBlobClient("shared/facilitators");
        return await record.ExistsAsync(_soon)
            && System.Text.Json.JsonElement.Parse((await record.DownloadContentAsync(_soon)).Value.Content).Text("lies.0.facilitator") == _first.Url.Authority;
    }

    private async Task AssertDeliveredAsync(Answer answer, int payments = 1)
    {
        var job = await _gateway.Shop.EndOfAsync(Ticket.Of(answer));
        Assert.Equal(("succeeded", "settled"), (job.Text("status"), job.Text("payment.state")));
        Assert.Equal(Enumerable.Repeat(GatewayTest.Price, payments), await _payer.PaymentsAsync());
        Assert.DoesNotContain(_first.Exchanges, exchange => exchange is { Path: "/settle", Status: not 200 });
    }
}
