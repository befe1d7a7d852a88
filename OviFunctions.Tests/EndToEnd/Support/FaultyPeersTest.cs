using Microsoft.AspNetCore.Http;
using OviFunctions.DevStack.Faults;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>A test that breaks the peers of a payment; afterwards they are whole again.</summary>
public abstract class FaultyPeersTest : GatewayTest, IAsyncLifetime
{
    /// <summary>The collection of these tests: one gateway, one test at a time.</summary>
    public const string Group = "Faulty peers";

    private protected FaultyPeersTest(FaultyPeersGateway peers) : base(peers.Gateway) => Peers = peers;

    /// <summary>A facilitator's call that asks whether a payment is valid.</summary>
    private protected static Func<HttpRequest, bool> Verify { get; } = Match.Request("POST", "/verify");

    /// <summary>A facilitator's call that moves the money.</summary>
    private protected static Func<HttpRequest, bool> Settle { get; } = Match.Request("POST", "/settle");

    private protected FaultyPeersGateway Peers { get; }

    /// <summary>Lets go what a fault of this test holds.</summary>
    private protected TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private protected Payer Payer { get; private set; } = null!;

    /// <summary>A good payment of <see cref="Payer"/>'s, not sent yet.</summary>
    private protected SignedAuthorization Signed { get; set; } = null!;

    public async Task InitializeAsync()
    {
        Payer = await NewPayerAsync();
        Signed = Payer.Sign(await Shop.QuoteAsync());
    }

    public Task DisposeAsync()
    {
        Peers.Mend();
        Release.TrySetResult();
        return Task.CompletedTask;
    }

    /// <summary>Both facilitators do the same to a call before it has an effect.</summary>
    private protected void OnFacilitators(Func<HttpRequest, bool> call, FaultAction action)
    {
        Peers.Facilitator.On(FaultStage.BeforePeer, call, action);
        Peers.SecondFacilitator.On(FaultStage.BeforePeer, call, action);
    }

    private protected async Task AssertPaidOnceAsync(Ticket ticket)
    {
        var job = await Shop.EndOfAsync(ticket);
        Assert.Equal(("succeeded", "settled"), (job.Text("status"), job.Text("payment.state")));
        var receipt = await Chain.Rpc.GetReceiptAsync(job.Text("payment.transaction")!, Soon);
        Assert.Equal("0x1", receipt!.Value.Text("status"));
        Assert.Equal([Price], await Payer.PaymentsAsync());
        Assert.Equal(1, SubmitsAt(Stack.Fal));
    }

    private protected async Task AssertUnpaidForGoodAsync()
    {
        Assert.Empty(await Payer.PaymentsAsync());
        Assert.Equal((0, 0), (SubmitsAt(Stack.Fal), SubmitsAt(Stack.SecondFal)));
        Assert.Equal("Unpaid", (await Gateway.OutcomeAsync(Observations.JobIdOf(Signed))).Text("outcome"));
        Assert.Equal("job.failed", Assert.Single(await HooksAsync(1)).Json().Text("type"));
    }
}

/// <summary>The tests that share one gateway and its breakable peers.</summary>
[CollectionDefinition(FaultyPeersTest.Group)]
public sealed class FaultyPeersGroup : ICollectionFixture<FaultyPeersGateway>;
