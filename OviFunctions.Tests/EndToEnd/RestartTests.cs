using System.Text.Json;
using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Jobs;
using OviFunctions.Sales;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>A gateway that is stopped in good order, as for an update, and started again: every job goes on where it was.</summary>
public sealed class RestartTests : IClassFixture<StackFixture>, IAsyncLifetime
{
    private readonly StackFixture _stack;
    private FaultProxy _facilitator = null!;
    private TestGateway _gateway = null!;

    public RestartTests(StackFixture stack) => _stack = stack;

    public async Task InitializeAsync()
    {
        _facilitator = await FaultProxy.StartAsync(_stack.Stack.Endpoints.Facilitators[0], TimeProvider.System);
        _gateway = await TestGateway.StartAsync(_stack.Stack, own => own with { Facilitators = [_facilitator.Url] });
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _facilitator.DisposeAsync();
    }

    [Fact]
    public Task StopAndStart_WhileOneJobIsAtTheProviderAndOneIsBeingPaid_BothAreDelivered() =>
        new Course(_gateway, _facilitator).RunAsync();

    private sealed class Course(TestGateway gateway, FaultProxy facilitator) : GatewayTest(gateway)
    {
        public async Task RunAsync()
        {
            // One job is at the provider, whose webhook will never come.
            Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { Webhook = WebhookFault.Lost, ProcessingMilliseconds = 1000 });
            var payer = await NewPayerAsync();
            var quote = await Shop.QuoteAsync();
            var atProvider = payer.Sign(quote);
            var answer = await PayAsync(atProvider, Body(webhook: true));
            var ticket = Ticket.Of(answer);
            await Stack.Fal.Calls.WaitAsync(_ => SubmitsAt(Stack.Fal) == 1, Soon);

            // The money of the other has moved; the gateway does not know yet.
            var release = new TaskCompletionSource();
            var settled = facilitator.On(FaultStage.AfterPeer, Match.Request("POST", "/settle"), Fault.HoldUntil(release.Task));
            var beingPaid = payer.Sign(quote);
            var waiting = PayAsync(beingPaid);
            await settled.Reached.WaitAsync(Soon);

            await Gateway.Process.StopAsync();
            Assert.Contains(
                Gateway.Process.Output.Last(20), line => line.Contains("The orchestration engine has stopped", StringComparison.Ordinal));
            Assert.Equal(0, await Gateway.Process.WaitForExitAsync(default));
            var interrupted = await waiting;
            Assert.Equal((202, "payment_pending"), (interrupted.Status, interrupted.Text("job.status")));
            facilitator.Clear();
            release.SetResult();
            await Gateway.Process.RestartAsync(Soon);

            Assert.Equal("succeeded", (await Shop.EndOfAsync(ticket)).Text("status"));
            var again = await PayAsync(atProvider, Body(webhook: true));
            Assert.Equal(ticket with { WebhookSecret = null }, Ticket.Of(again));
            Assert.Equal(answer.Header("PAYMENT-RESPONSE"), again.Header("PAYMENT-RESPONSE"));
            var hooks = await HooksAsync(2);
            Assert.Equal(["job.running", "job.succeeded"], hooks.Select(hook => hook.Json().Text("type")));
            Assert.All(hooks, hook => Assert.True(hook.IsSignedWith(ticket.WebhookSecret!)));

            var other = Ticket.Of(await PayAsync(beingPaid));
            Assert.Equal(Observations.JobIdOf(beingPaid), other.Id);
            Assert.Equal("succeeded", (await Shop.EndOfAsync(other)).Text("status"));
            Assert.Equal([Price, Price], await payer.PaymentsAsync());
            Assert.Equal(2, SubmitsAt(Stack.Fal));

            // Nothing is sold any more; what was sold is.
            var paused = new BinaryData(new SalesState("a test", DateTimeOffset.UnixEpoch), JsonSerializerOptions.Web);
            await Gateway.Container.GetBlobClient(RecordNames.Sales).UploadAsync(paused, overwrite: true);
            Answer closed = null!;
            await Eventually.TrueAsync(async () =>
                (closed = await Shop.OrderAsync("not JSON", Shop.Pay(quote, payer.Sign(quote)))).Status == 503);
            Assert.Equal(("sales_paused", "unused"), (closed.Text("code"), closed.Text("payment_state")));
            var replayed = await PayAsync(atProvider, Body(webhook: true));
            Assert.Equal(ticket with { WebhookSecret = null }, Ticket.Of(replayed));
            Assert.Equal(answer.Header("PAYMENT-RESPONSE"), replayed.Header("PAYMENT-RESPONSE"));
            Assert.Equal([Price, Price], await payer.PaymentsAsync());
        }
    }
}
