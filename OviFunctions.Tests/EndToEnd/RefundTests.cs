using System.Text.Json;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Jobs;
using OviFunctions.Payments.Refunds;
using OviFunctions.Storage;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>Money that goes back by itself, on the real chain and through the real facilitator.</summary>
public sealed class RefundTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task NobodyDelivers_TheBuyerIsWholeAgain_ByOneTransferAndIsTold()
    {
        FailEverywhere();
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        var ticket = Ticket.Of(await PayAsync(signed, Body(webhook: true)));

        var job = await RefundedAsync(ticket);

        Assert.Equal(10 * Price, await payer.BalanceAsync());
        Assert.Equal([Price], await payer.PaymentsAsync());
        Assert.Equal([Price], await payer.RefundsAsync());
        Assert.Equal(("failed", "refunded"), (job.Text("status"), job.Text("payment.state")));
        Assert.Equal(("refunded", "420000", null), (job.Text("refund.state"), job.Text("refund.amount"), job.Text("refund.voucher")));
        var receipt = await Chain.Rpc.GetReceiptAsync(job.Text("refund.transaction")!, Soon);
        Assert.Equal("0x1", receipt!.Value.Text("status"));

        var hooks = await HooksAsync(3);
        Assert.Equal(["job.running", "job.failed", "job.refunded"], hooks.Select(hook => hook.Json().Text("type")!));
        Assert.Equal(job.Text("refund.transaction"), hooks[2].Json().Text("data.job.refund.transaction"));
        Assert.True(hooks[2].IsSignedWith(ticket.WebhookSecret!));
    }

    [Fact]
    public async Task Refund_IsRecordedWithEverythingThatIsSubmitted_AndInTheLedger()
    {
        FailEverywhere();
        var payer = await NewPayerAsync();
        var ticket = Ticket.Of(await PayAsync(payer.Sign(await Shop.QuoteAsync())));

        await RefundedAsync(ticket);

        var record = (await new BlobRecordStore(Gateway.Container).ReadAsync<RefundRecord>(RecordNames.Refund(ticket.Id), Soon))!.Value;
        Assert.Equal((RefundState.Refunded, 1), (record.State, record.Generation));
        var transfer = record.Authorization!.Transfer;
        Assert.Equal((DevAccounts.Refunds.Address, payer.Address), (transfer.From.ToString(), transfer.To));
        Assert.Equal(RefundRecord.NonceOf(ticket.Id), transfer.Nonce);
        Assert.True(await Chain.Rpc.IsNonceUsedAsync(DevAccounts.Refunds.Address, transfer.Nonce.ToString(), Soon));
        var entries = await LedgerAsync(ticket.Id);
        Assert.Contains(entries, entry => entry.Text("type") == "RefundSigned" && entry.Text("transaction") is null);
        var refunded = Assert.Single(entries, entry => entry.Text("type") == "Refunded");
        Assert.Equal((record.Transaction, Price), (refunded.Text("transaction"), refunded.GetProperty("amountAtomic").GetInt64()));
    }

    [Fact]
    public async Task PayerIsBlacklisted_IsShownAsBlocked_AndOthersStillBuy()
    {
        FailEverywhere();
        Stack.SecondFal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.InternalError, ProcessingMilliseconds = 1500 });
        var payer = await NewPayerAsync();
        var ticket = Ticket.Of(await PayAsync(payer.Sign(await Shop.QuoteAsync())));
        await payer.BlacklistAsync();

        JsonElement job = default;
        await Eventually.TrueAsync(async () => (job = await Shop.JobAsync(ticket)).Text("payment.state") == "refund_blocked");

        Assert.Equal(("blocked", "420000"), (job.Text("refund.state"), job.Text("refund.amount")));
        Assert.Empty(await payer.RefundsAsync());
        await Eventually.TrueAsync(async () => (await LedgerAsync(ticket.Id)).Any(entry => entry.Text("type") == "RefundBlocked"));
        var other = await NewPayerAsync();
        Ticket.Of(await PayAsync(other.Sign(await Shop.QuoteAsync()), OrderBody.For("A quiet harbour.")));
    }

    /// <summary>Both providers take the job and fail at it.</summary>
    private void FailEverywhere()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.InternalError });
        Stack.SecondFal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.InternalError });
    }

    private async Task<JsonElement> RefundedAsync(Ticket ticket)
    {
        JsonElement job = default;
        await Eventually.TrueAsync(async () => (job = await Shop.JobAsync(ticket)).Text("payment.state") == "refunded");
        return job;
    }

    private async Task<IReadOnlyList<JsonElement>> LedgerAsync(string jobId)
    {
        var entries = new List<JsonElement>();
        await foreach (var blob in Gateway.Container.GetBlobsAsync(prefix: RecordNames.LedgerOfJob(jobId, ""), cancellationToken: Soon))
        {
            entries.Add(JsonElement.Parse((await Gateway.Container.GetBlobClient(blob.Name).DownloadContentAsync(Soon)).Value.Content));
        }

        return entries;
    }
}
