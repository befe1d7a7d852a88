using OviFunctions.DevStack.Receiver;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>What the buyer is told, and receivers that do not listen: they never hold up a job.</summary>
public sealed class BuyerWebhookTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task FailedPaidJob_IsTold_AndItsMoneyIsDueBack()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.ContentPolicy });
        Stack.SecondFal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.InternalError });
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        var ordered = await PayAsync(signed, Body(webhook: true));
        var ticket = Ticket.Of(ordered);

        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal(("failed", "content_policy"), (job.Text("status"), job.Text("error.code")));
        Assert.Equal(0, job.GetProperty("cost_actual_usd").GetDecimal());
        var outcome = await Gateway.OutcomeAsync(ticket.Id);
        Assert.Equal(("RefundDue", Price), (outcome.Text("outcome"), outcome.GetProperty("amountAtomic").GetInt64()));
        Assert.Equal((payer.Address.ToString(), job.Text("payment.transaction")), (outcome.Text("payer"), outcome.Text("transaction")));
        Assert.Equal([Price], await payer.PaymentsAsync());

        var hooks = await HooksAsync(2);
        Assert.Equal(["job.running", "job.failed"], hooks.Take(2).Select(hook => hook.Json().Text("type")!));
        Assert.All(hooks, hook => Assert.True(hook.IsSignedWith(ticket.WebhookSecret!)));
        Assert.Equal(("failed", "content_policy"), (hooks[1].Json().Text("data.job.status"), hooks[1].Json().Text("data.job.error.code")));
        Assert.Equal("refund_due", hooks[1].Json().Text("data.job.payment.state"));

        var again = await PayAsync(signed, Body(webhook: true));
        Assert.Equal((202, "failed"), (again.Status, again.Text("job.status")));
        Assert.Equal(ordered.Header("PAYMENT-RESPONSE"), again.Header("PAYMENT-RESPONSE"));
    }

    [Fact]
    public async Task Webhook_HasWhatStandardWebhooksAsks_AndNothingSecret()
    {
        var ticket = await OrderByKeyAsync(Body(webhook: true));
        await Shop.EndOfAsync(ticket);

        var hooks = await HooksAsync(2);

        Assert.Equal([$"msg_{ticket.Id}_job_running", $"msg_{ticket.Id}_job_succeeded"], hooks.Select(hook => hook.Id));
        foreach (var hook in hooks)
        {
            Assert.Equal("application/json", hook.Headers["content-type"]);
            var text = hook.Json().GetRawText();
            Assert.DoesNotContain(ticket.Token, text, StringComparison.Ordinal);
            Assert.DoesNotContain(ticket.WebhookSecret!, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Prompt, text, StringComparison.Ordinal);
            Assert.NotNull(hook.Json().Text("timestamp"));
            Assert.InRange(hook.Body.Length, 1, 20_000);
        }
    }

    [Fact]
    public async Task SecretsOfTwoJobs_AreDifferent()
    {
        var payer = await NewPayerAsync();
        var quote = await Shop.QuoteAsync();

        var one = Ticket.Of(await PayAsync(payer.Sign(quote)));
        var two = Ticket.Of(await PayAsync(payer.Sign(quote)));

        Assert.NotEqual(one.WebhookSecret, two.WebhookSecret);
        await Task.WhenAll(Shop.EndOfAsync(one), Shop.EndOfAsync(two));
    }

    /// <summary>
    /// Three receivers side by side: one fails, one redirects, one is gone. When the first two have been told again, the third would
    /// have been, too.
    /// </summary>
    [Fact]
    public async Task ReceiverThatFailsOrRedirects_IsToldAgain_AndOneThatIsGoneIsNot()
    {
        Uri PathFor(string name) => new($"{Hook}/{name}");
        Stack.Receiver.AnswerAt(PathFor("fails").AbsolutePath, ReceiverAnswer.Failure);
        Stack.Receiver.AnswerAt(PathFor("redirects").AbsolutePath, ReceiverAnswer.RedirectTo(PathFor("elsewhere")));
        Stack.Receiver.AnswerAt(PathFor("gone").AbsolutePath, ReceiverAnswer.Gone);
        var payer = await NewPayerAsync();
        var quote = await Shop.QuoteAsync();
        var tickets = new Dictionary<string, Ticket>();
        foreach (var name in new[] { "gone", "fails", "redirects" })
        {
            tickets[name] = Ticket.Of(await PayAsync(payer.Sign(quote), OrderBody.For(Prompt, PathFor(name))));
            Assert.Equal("succeeded", (await Shop.EndOfAsync(tickets[name])).Text("status"));
        }

        await Stack.Receiver.Deliveries.WaitAsync(_ => At("fails").Count == 3 && At("redirects").Count == 3, Soon);

        foreach (var name in new[] { "fails", "redirects" })
        {
            var deliveries = At(name).Where(delivery => delivery.Id!.EndsWith("running", StringComparison.Ordinal)).ToList();
            Assert.Equal(2, deliveries.Count);
            Assert.Equal(deliveries[0].Id, deliveries[1].Id);
            Assert.True(deliveries[0].Body.Span.SequenceEqual(deliveries[1].Body.Span));
            Assert.All(deliveries, delivery => Assert.True(delivery.IsSignedWith(tickets[name].WebhookSecret!)));
            Assert.NotEqual(deliveries[0].Headers["webhook-timestamp"], deliveries[1].Headers["webhook-timestamp"]);
        }

        Assert.Equal(2, At("gone").Select(delivery => delivery.Id).Distinct().Count());
        Assert.Equal(2, At("gone").Count);
        Assert.Empty(At("elsewhere"));

        List<ReceivedWebhook> At(string name) =>
            [.. Stack.Receiver.Deliveries.Entries.Where(delivery => delivery.Path == PathFor(name).AbsolutePath)];
    }

    [Fact]
    public async Task ReceiverThatNeverAnswers_HoldsNothingUp()
    {
        Stack.Receiver.AnswerAt(Hook.AbsolutePath, ReceiverAnswer.Silence);

        var ticket = await OrderByKeyAsync(Body(webhook: true));

        Assert.Equal("succeeded", (await Shop.EndOfAsync(ticket)).Text("status"));
        Assert.Equal(["job.running", "job.succeeded"], (await HooksAsync(2)).Select(hook => hook.Json().Text("type")));
    }
}
