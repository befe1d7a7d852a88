using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>A gateway that is sold out soon: two refunds a wallet and day, and one trusted proxy.</summary>
public sealed class TightGateway : IAsyncLifetime
{
    private readonly StackFixture _stack = new();

    internal TestGateway Gateway { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _stack.InitializeAsync();
        Gateway = await TestGateway.StartAsync(_stack.Stack, settings:
        [
            ("Limits__RefundsPerPayerAndDay", "2"), ("Limits__TrustedProxies", "1"), ("Limits__RequestsPerMinutePerAddress", "40"),
        ]);
    }

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _stack.DisposeAsync();
    }
}

/// <summary>What one buyer may do to the store, on the real chain and over HTTP.</summary>
public sealed class LimitTests(TightGateway tight) : GatewayTest(tight.Gateway), IClassFixture<TightGateway>
{
    [Fact]
    public async Task PayCancelRefund_InALoop_EndsAtTheBrakeBeforeAnythingIsSettled()
    {
        // The provider has not begun when a job is cancelled, and confirms it.
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { QueueMilliseconds = 600_000 });
        var payer = await NewPayerAsync();
        for (var round = 0; round < 2; round++)
        {
            var ticket = Ticket.Of(await PayAsync(payer.Sign(await Shop.QuoteAsync())));
            await Eventually.TrueAsync(() => Task.FromResult(SubmitsAt(Stack.Fal) > round));
            await Shop.SendAsync(HttpMethod.Delete, ticket.Path, headers: [ticket.Bearer]);
            await Eventually.TrueAsync(async () => (await Shop.JobAsync(ticket)).Text("payment.state") == "refunded");
        }

        var third = payer.Sign(await Shop.QuoteAsync());
        var refused = await PayAsync(third);

        Assert.Equal((429, "too_many_refunds"), (refused.Status, refused.Text("code")));
        Assert.Equal(("wait_and_retry", "unused"), (refused.Text("retry_action"), refused.Text("payment_state")));
        Assert.NotNull(refused.Header("Retry-After"));
        Assert.Equal([Price, Price], await payer.PaymentsAsync());
        Assert.Equal([Price, Price], await payer.RefundsAsync());
        Assert.Equal(10 * Price, await payer.BalanceAsync());
        Assert.False(await Gateway.HasClaimAsync(third), "There is a claim.");
    }

    [Fact]
    public async Task Quotes_FromOneAddressBehindTheProxy_AreLimitedAndOthersAreNot()
    {
        var busy = ("X-Forwarded-For", "198.51.100.7");
        var first = await Shop.GetAsync(Shop.JobsPath, busy);
        Assert.Equal((402, "\"ip\";q=40;w=60"), (first.Status, first.Header("RateLimit-Policy")));

        // A minute may end on the way.
        var last = first;
        for (var i = 0; i < 80 && last.Status == 402; i++) last = await Shop.GetAsync(Shop.JobsPath, busy);

        Assert.Equal((429, "rate_limited"), (last.Status, last.Text("code")));
        Assert.StartsWith("\"ip\";r=0;t=", last.Header("RateLimit"), StringComparison.Ordinal);
        Assert.Equal(402, (await Shop.GetAsync(Shop.JobsPath, ("X-Forwarded-For", "198.51.100.7, 198.51.100.8"))).Status);
    }
}
