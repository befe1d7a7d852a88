using System.Text;
using System.Text.Json;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>A store that trusts proven payers: their payments are settled when the video is there.</summary>
public sealed class OnDeliveryTests(StackFixture stack) : IClassFixture<StackFixture>
{
    [Fact]
    public async Task ProvenPayer_PaysWhenTheVideoIsThere_AndUnlocksOneWhosePaymentFailed()
    {
        await using var gateway = await TestGateway.StartAsync(stack.Stack, settings:
        [
            ("OnDelivery__Enabled", "true"), ("OnDelivery__MinSettledJobs", "1"), ("OnDelivery__MinAgeDays", "0"), ("Payments__MaxTimeoutSeconds", "1800"),
        ]);
        await new Course(gateway).RunAsync();
    }

    private sealed class Course(TestGateway gateway) : GatewayTest(gateway)
    {
        public async Task RunAsync()
        {
            var payer = await NewPayerAsync();
            var first = await PayAsync(payer.Sign(await Shop.QuoteAsync()));
            Assert.Equal("settled", first.Text("job.payment.state")); // nobody knows him yet
            await Shop.EndOfAsync(Ticket.Of(first));

            Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { ProcessingMilliseconds = 2500 });
            var second = await PayAsync(payer.Sign(await Shop.QuoteAsync()));
            Assert.Equal("on_delivery", second.Text("job.payment.state"));
            Assert.Null(second.Receipt(X402Version.V2));
            Assert.Equal(9 * Price, await payer.BalanceAsync());
            var paid = await Shop.EndOfAsync(Ticket.Of(second));
            Assert.Equal(("succeeded", "settled"), (paid.Text("status"), paid.Text("payment.state")));
            Assert.Equal(8 * Price, await payer.BalanceAsync());

            // Time enough to spend its nonce elsewhere, on a busy machine too.
            Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { ProcessingMilliseconds = 6000 });
            var signed = payer.Sign(await Shop.QuoteAsync());
            var locked = Ticket.Of(await PayAsync(signed));
            await payer.SubmitByThirdPartyAsync(payer.Sign(signed.Transfer with { To = payer.Address, Value = 1 }));
            Assert.Equal(404, (await UnlockAsync(locked)).Status); // not yet
            await AssertLockedAsync(locked);
            await AssertUnlockedAsync(locked, payer);
        }

        private async Task AssertLockedAsync(Ticket locked)
        {
            var job = await Shop.EndOfAsync(locked);
            Assert.Equal(("failed", "unused", "payment_not_settled"), (job.Text("status"), job.Text("payment.state"), job.Text("error.code")));
            Assert.EndsWith(locked.Path + "/unlock", job.Text("unlock_url"), StringComparison.Ordinal);
            Assert.Equal((0, 0), (job.Count("assets"), job.Count("attempts")));
            Assert.Equal(404, (await Shop.GetAsync(locked.ContentPath, locked.Bearer)).Status);
        }

        private async Task AssertUnlockedAsync(Ticket locked, Payer payer)
        {
            var answer = await UnlockAsync(locked);
            Assert.Equal(402, answer.Status);
            var quote = new Quote(answer);
            Assert.Equal((Price.ToString(System.Globalization.CultureInfo.InvariantCulture), locked.Path + "/unlock"),
                (quote.V2.Text("accepts.0.amount"), new Uri(quote.V2.Text("resource.url")!).AbsolutePath));
            Assert.Equal(400, (await UnlockAsync(locked, ("Authorization", "Bearer " + GatewaySettings.ApiKey))).Status);
            var stranger = await NewPayerAsync();
            Assert.Equal(403, (await UnlockAsync(locked, Shop.Pay(quote, stranger.Sign(quote)))).Status);

            // Two payments for it: one is settled.
            var (one, other) = (Shop.Pay(quote, payer.Sign(quote)), Shop.Pay(quote, payer.Sign(quote)));
            var unlocking = Ticket.Of(await UnlockAsync(locked, one));
            Assert.Equal("succeeded", (await Shop.EndOfAsync(unlocking)).Text("status"));
            Assert.Equal(unlocking.Id, Ticket.Of(await UnlockAsync(locked, other)).Id);
            Assert.Equal([Price, Price, Price], await payer.PaymentsAsync());
            Assert.Equal(10 * Price, await stranger.BalanceAsync());

            JsonElement job = default;
            await Eventually.TrueAsync(async () => (job = await Shop.JobAsync(locked)).Text("status") == "succeeded");
            Assert.Equal(("settled", 1, null), (job.Text("payment.state"), job.Count("assets"), job.Text("unlock_url")));
            Assert.Equal(200, (await Shop.GetAsync(locked.ContentPath, locked.Bearer)).Status);
            Assert.Equal(404, (await UnlockAsync(locked)).Status);
            Assert.Equal(3, SubmitsAt(Stack.Fal));
        }

        private async Task<Answer> UnlockAsync(Ticket ticket, params (string Name, string Value)[] headers)
        {
            using var content = new StringContent("{}", Encoding.UTF8, "application/json");
            return await Shop.SendAsync(HttpMethod.Post, ticket.Path + "/unlock", content, headers);
        }
    }
}
