using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Jobs;
using OviFunctions.Payments.Refunds;
using OviFunctions.Storage;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Money;

/// <summary>Attempts to get more back than was paid, or something for nothing.</summary>
public sealed class RefundAttackTests(StackFixture fixture) : IClassFixture<StackFixture>
{
    [Fact]
    public async Task WalletIsReplacedWhileARefundIsOut_OnlyTheOneThatSignedPays()
    {
        var (first, second) = (await NewWalletAsync(), await NewWalletAsync());
        await using var facilitator = await FaultProxy.StartAsync(fixture.Stack.Endpoints.Facilitators[0], TimeProvider.System);
        await using var gateway = await TestGateway.StartAsync(
            fixture.Stack, own => own with { Facilitators = [facilitator.Url] }, [("Refunds__Wallets__0__PrivateKey", first.PrivateKey)]);
        await new Course(gateway).ReplaceWalletAsync(facilitator, first, second);
    }

    /// <summary>Its own chain: what happens there is undone.</summary>
    [Fact]
    public async Task PaymentIsReorganisedAway_NoRefundIsSigned_AndNoneIsPaid()
    {
        var host = fixture.Stack.Host with { Ports = Ports.Ephemeral() };
        await using var chain = await Chain.StartAsync(host, fixture.Stack.Chain!.Network, CancellationToken.None);
        await using var node = await FaultProxy.StartAsync(chain.RpcUrl, TimeProvider.System);
        await using var facilitator = await Facilitator.StartAnotherAsync(host, chain, node.Url, CancellationToken.None);
        await using var gateway = await TestGateway.StartAsync(
            fixture.Stack, own => own with { ChainRpc = chain.RpcUrl, Facilitators = [facilitator.Url] });
        await new Course(gateway).ReorganiseAsync(chain, node);
    }

    [Fact]
    public async Task PayerIsBlacklistedBeforeHisRefund_ItIsBlocked_AndOthersAreServed()
    {
        await using var gateway = await TestGateway.StartAsync(fixture.Stack);
        await new Course(gateway).BlacklistAsync();
    }

    private async Task<Wallet> NewWalletAsync()
    {
        var wallet = Wallet.Create();
        await fixture.Stack.Chain!.Rpc.MintAsync(wallet.Address, 10 * GatewayTest.Price, CancellationToken.None);
        return wallet;
    }

    private sealed class Course(TestGateway gateway) : GatewayTest(gateway)
    {
        public async Task ReplaceWalletAsync(FaultProxy facilitator, Wallet first, Wallet second)
        {
            FailEverywhere();
            var payer = await NewPayerAsync();
            var refunding = facilitator.On(
                FaultStage.BeforePeer, request => Match.Body(request).Contains(first.Address[2..], StringComparison.OrdinalIgnoreCase), Fault.Drop);
            var ticket = Ticket.Of(await PayAsync(payer.Sign(await Shop.QuoteAsync())));
            await refunding.Reached.WaitAsync(Soon);

            await Gateway.RestartAsync([("Refunds__Wallets__0__PrivateKey", second.PrivateKey), ("Refunds__Wallets__1__PrivateKey", first.PrivateKey)]);
            facilitator.Clear();
            await StateAsync(ticket, "refunded");

            Assert.Equal(10 * Price, await payer.BalanceAsync());
            Assert.Equal(9 * Price, await Chain.Rpc.GetBalanceAsync(first.Address, Soon));
            Assert.Equal(10 * Price, await Chain.Rpc.GetBalanceAsync(second.Address, Soon));
        }

        public async Task ReorganiseAsync(Chain chain, FaultProxy node)
        {
            FailEverywhere();
            await chain.Rpc.MintAsync(DevAccounts.Refunds.Address, Price, Soon);
            var payer = await Payer.CreateAsync(chain, Price);
            var reserve = await chain.Rpc.GetBalanceAsync(DevAccounts.Refunds.Address, Soon);
            var signed = payer.Sign(await Shop.QuoteAsync());
            var sent = node.On(
                FaultStage.AfterPeer, request => Match.Body(request).Contains("eth_sendRawTransaction", StringComparison.Ordinal), Fault.Delay(TimeSpan.Zero));
            await chain.Rpc.StopMiningAsync(Soon);
            var paying = PayAsync(signed);
            await sent.Reached.WaitAsync(Soon);
            await chain.Rpc.MineAsync(1, TimeSpan.FromSeconds(1), Soon);
            var ticket = Ticket.Of(await paying);
            await StateAsync(ticket, "refund_due");
            Assert.Equal(0, await payer.BalanceAsync());

            // The job has failed, and what paid for it is not final yet.
            Assert.Null(await RefundAsync(ticket));
            await chain.Rpc.ReorganizeAsync(1, Soon);
            Assert.Equal(Price, await payer.BalanceAsync());
            await chain.Rpc.AdvanceAsync(TimeSpan.FromMinutes(20), Soon);
            await chain.Rpc.MineAsync(5, TimeSpan.FromSeconds(1), Soon);

            await Eventually.TrueAsync(async () => (await RefundAsync(ticket))?.State == RefundState.NothingCame);
            Assert.Equal(Price, await payer.BalanceAsync());
            Assert.Equal(reserve, await chain.Rpc.GetBalanceAsync(DevAccounts.Refunds.Address, Soon));
        }

        public async Task BlacklistAsync()
        {
            FailEverywhere(processing: TimeSpan.FromSeconds(3));
            var payer = await NewPayerAsync();
            var ticket = Ticket.Of(await PayAsync(payer.Sign(await Shop.QuoteAsync())));
            await payer.BlacklistAsync();

            await StateAsync(ticket, "refund_blocked");

            Assert.Equal([Price], await payer.PaymentsAsync());
            Assert.Empty(await payer.RefundsAsync());
            var another = await NewPayerAsync();
            var served = Ticket.Of(await PayAsync(another.Sign(await Shop.QuoteAsync()), OrderBody.For("A calm sea.")));
            Assert.Equal("succeeded", (await Shop.EndOfAsync(served)).Text("status"));
        }

        private void FailEverywhere(TimeSpan? processing = null)
        {
            var fault = new SimulatorFault { Outcome = SimulatedOutcome.InternalError, ProcessingMilliseconds = (int?)processing?.TotalMilliseconds };
            Stack.Fal.Faults.ForPrompt(Prompt, fault);
            Stack.SecondFal.Faults.ForPrompt(Prompt, fault);
        }

        private Task StateAsync(Ticket ticket, string state) =>
            Eventually.TrueAsync(async () => (await Shop.JobAsync(ticket)).Text("payment.state") == state);

        private async Task<RefundRecord?> RefundAsync(Ticket ticket) =>
            (await new BlobRecordStore(Gateway.Container).ReadAsync<RefundRecord>(RecordNames.Refund(ticket.Id), Soon))?.Value;
    }
}
