using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>A buyer who changes his mind. It is a wish: what a provider finishes all the same is delivered.</summary>
public sealed class CancelTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task BeforeTheSubmit_NoProviderIsAsked()
    {
        var body = Body(webhook: true);
        body["image_url"] = new Uri(fixture.Images.Url, "held/cancel.png").AbsoluteUri;
        var ticket = await OrderByKeyAsync(body);

        var answer = await CancelAsync(ticket);
        fixture.Images.Release("/held/cancel.png");
        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal((202, "queued"), (answer.Status, answer.Text("job.status")));
        Assert.Equal(("canceled", "canceled"), (job.Text("status"), job.Text("error.code")));
        Assert.Equal(0, SubmitsAt(Stack.Fal));
        var hook = Assert.Single(await HooksAsync(1));
        Assert.Equal(("job.failed", "canceled"), (hook.Json().Text("type"), hook.Json().Text("data.job.status")));
    }

    [Theory]
    [InlineData(SimulatedOutcome.NeverFinishes, 0)] // in progress: fal acknowledges and the job ends as cancelled
    [InlineData(SimulatedOutcome.Success, 600_000)] // in the queue: fal takes it out
    public async Task WhileTheProviderWorks_ItIsStoppedThere_AndTheMoneyGoesBack(SimulatedOutcome outcome, int queueMilliseconds)
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = outcome, QueueMilliseconds = queueMilliseconds });
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        var ticket = Ticket.Of(await PayAsync(signed));
        await SubmittedAsync();

        var answer = await CancelAsync(ticket);
        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal((202, "running"), (answer.Status, answer.Text("job.status")));
        Assert.Equal("canceled", job.Text("status"));
        Assert.Equal(0, job.GetProperty("cost_actual_usd").GetDecimal());
        Assert.Equal("stopped", job.Text("attempts.0.state"));
        Assert.Single(Stack.Fal.CallsOf(Prompt, SimulatorCallKind.Cancel));
        Assert.Equal((1, 0), (SubmitsAt(Stack.Fal), SubmitsAt(Stack.SecondFal)));
        Assert.Equal("RefundDue", (await Gateway.OutcomeAsync(ticket.Id)).Text("outcome"));
        await Eventually.TrueAsync(async () => (await Shop.JobAsync(ticket)).Text("payment.state") == "refunded");
        Assert.Equal(10 * Price, await payer.BalanceAsync());
        Assert.Equal([Price], await payer.RefundsAsync());
        Assert.Equal(404, (await Shop.GetAsync(ticket.ContentPath, ticket.Bearer)).Status);
    }

    [Fact]
    public async Task ProviderThatFinishesAllTheSame_IsDelivered()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { ProcessingMilliseconds = 1500, CancelHasNoEffect = true });
        var ticket = await OrderByKeyAsync();
        await SubmittedAsync();

        await CancelAsync(ticket);
        var again = await CancelAsync(ticket);
        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal(202, again.Status);
        Assert.Equal("succeeded", job.Text("status"));
        Assert.Equal(200, (await Shop.GetAsync(ticket.ContentPath, ticket.Bearer)).Status);
    }

    private Task<Answer> CancelAsync(Ticket ticket) => Shop.SendAsync(HttpMethod.Delete, ticket.Path, headers: [ticket.Bearer]);

    private Task SubmittedAsync() =>
        Stack.Fal.Calls.WaitAsync(all => all.Any(call => call.Kind == SimulatorCallKind.Submit && call.Body?.Text("prompt") == Prompt), Soon);
}
