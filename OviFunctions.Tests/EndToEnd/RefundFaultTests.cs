using System.Text.Json;
using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Payments.Evm;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>Facilitators that are down or lose their answers while money goes back. It goes back once, by whatever route.</summary>
[Collection(FaultyPeersTest.Group)]
public sealed class RefundFaultTests(FaultyPeersGateway peers) : FaultyPeersTest(peers)
{
    [Fact]
    public async Task FacilitatorLosesItsAnswerAfterTheRefundMoved_IsPaidOnce()
    {
        var ticket = await FailAsync();
        // Only the refund: the payment was settled before.
        Peers.Facilitator.On(FaultStage.AfterPeer, Settle, Fault.Drop);
        Peers.SecondFacilitator.On(FaultStage.AfterPeer, Settle, Fault.Drop);

        await EndAsync(ticket);
        await AssertRefundedOnceAsync(ticket);
    }

    [Fact]
    public async Task NoFacilitatorCarriesItOut_TheVoucherIsRedeemedByAStranger_AndSeen()
    {
        var ticket = await FailAsync();
        OnFacilitators(Settle, Fault.Drop);
        await EndAsync(ticket);

        JsonElement job = default;
        await Eventually.TrueAsync(async () => (job = await Shop.JobAsync(ticket)).Find("refund.voucher") is { ValueKind: JsonValueKind.Object });
        Assert.Equal(("refund_pending", "pending"), (job.Text("payment.state"), job.Text("refund.state")));
        var voucher = job.GetProperty("refund").GetProperty("voucher");
        var transfer = new TransferAuthorization(
            EvmAddress.Parse(voucher.Text("from")!), EvmAddress.Parse(voucher.Text("to")!), Uint256.Parse(voucher.Text("value")!),
            Uint256.Parse(voucher.Text("valid_after")!), Uint256.Parse(voucher.Text("valid_before")!), Bytes32.Parse(voucher.Text("nonce")!));
        await Payer.SubmitByThirdPartyAsync(new SignedAuthorization(transfer, voucher.Text("signature")!));

        await AssertRefundedOnceAsync(ticket);
    }

    /// <summary>A job that is paid and that both providers work on, until they are let fail by <see cref="EndAsync"/>.</summary>
    private async Task<Ticket> FailAsync()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.NeverFinishes });
        var ticket = Ticket.Of(await PayAsync(Signed));
        await Eventually.TrueAsync(async () => (await Shop.JobAsync(ticket)).Text("status") == "running" && SubmitsAt(Stack.Fal) == 1);
        return ticket;
    }

    /// <summary>The buyer cancels, and the provider acknowledges.</summary>
    private async Task EndAsync(Ticket ticket)
    {
        await Shop.SendAsync(HttpMethod.Delete, ticket.Path, headers: [ticket.Bearer]);
        Assert.Equal("canceled", (await Shop.EndOfAsync(ticket)).Text("status"));
    }

    private async Task AssertRefundedOnceAsync(Ticket ticket)
    {
        await Eventually.TrueAsync(async () => (await Shop.JobAsync(ticket)).Text("payment.state") == "refunded");
        Assert.Equal([Price], await Payer.PaymentsAsync());
        Assert.Equal([Price], await Payer.RefundsAsync());
        Assert.Equal(10 * Price, await Payer.BalanceAsync());
    }
}
