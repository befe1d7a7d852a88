using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>The operator's view of the money, against the chain's.</summary>
public sealed class OperatorTests(OperatorGateway fixture) : GatewayTest(fixture.Gateway), IClassFixture<OperatorGateway>
{
    [Fact]
    public async Task Payments_SomeJobs_LedgerIsWhatTheChainShowsToTheUnit()
    {
        var payers = await Task.WhenAll(NewPayerAsync(), NewPayerAsync(), NewPayerAsync());
        var quote = await Shop.QuoteAsync();
        var tickets = await Task.WhenAll(payers.Select(async payer => Ticket.Of(await PayAsync(payer.Sign(quote)))));
        foreach (var ticket in tickets) await Shop.EndOfAsync(ticket);

        var view = await fixture.PaymentsAsync();

        Assert.True(SumOf(view, "settled") >= 3 * Price);
        Assert.Equal(await ReceivedAsync(), SumOf(view, "settled") + PlainTransfersOf(view));
        Assert.All(tickets, ticket => Assert.Contains(Entries(view), entry => entry.Text("job_id") == ticket.Id && entry.Text("type") == "settled"));
        Assert.All(tickets, ticket => Assert.Contains(Entries(view), entry => entry.Text("job_id") == ticket.Id && entry.Text("counterparty") == "fal"));

        var lines = Encoding.UTF8.GetString((await fixture.CsvAsync()).Body).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(','));
        Assert.Equal(SumOf(view, "settled"), lines.Where(line => line[1] == "settled").Sum(line => long.Parse(line[5], CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Receipt_PaidJob_NamesSellerTransactionAndTax()
    {
        var payer = await NewPayerAsync();
        var ticket = Ticket.Of(await PayAsync(payer.Sign(await Shop.QuoteAsync())));
        var job = await Shop.EndOfAsync(ticket);

        var receipt = (await Shop.GetAsync(ticket.Path + "/receipt", ticket.Bearer)).Json.GetProperty("receipt");

        Assert.Equal(("Test Films", job.Text("payment.transaction"), 0.42m, 0.067059m), (
            receipt.Text("seller.name"), receipt.Text("payment.transaction"), receipt.GetProperty("total").GetDecimal(),
            receipt.Find("tax.included")!.Value.GetDecimal()));
        Assert.Equal(404, (await Shop.GetAsync(ticket.Path + "/receipt")).Status);
    }

    [Fact]
    public async Task PlainTransfer_IsListed()
    {
        await Chain.Rpc.MintAsync(fixture.PayTo.Address, 12_345, CancellationToken.None);

        var view = await fixture.SeeAsync(v => PlainTransfersOf(v) >= 12_345);

        Assert.Contains(view.GetProperty("unmatched").EnumerateArray(), item => item.GetProperty("amount_atomic").GetInt64() == 12_345);
        Assert.Contains(view.GetProperty("alarms").EnumerateArray(), alarm => alarm.Text("code") == "unmatched");
    }

    [Fact]
    public async Task PaymentWithoutAnOrder_IsSentBack()
    {
        // The buyer's request never reached us, but somebody who saw the signature submitted it.
        var payer = await NewPayerAsync();
        var signed = payer.Sign(await Shop.QuoteAsync());
        await payer.SubmitByThirdPartyAsync(signed);
        var jobId = Observations.JobIdOf(signed);

        var view = await fixture.SeeAsync(v => Entries(v).Any(entry => entry.Text("job_id") == jobId));

        Assert.Contains(view.GetProperty("unmatched").EnumerateArray().Concat(Entries(view)), item =>
            item.Text("job_id") == jobId && (item.Text("kind") == "no_order" || item.Text("type") is "refund_signed" or "refunded"));
        Assert.False(await Gateway.HasClaimAsync(signed));
        Assert.Equal(await ReceivedAsync(), SumOf(view, "settled") + PlainTransfersOf(view));
    }

    [Fact]
    public async Task Pause_NewOrdersAre503AndKnownPaymentsStillFindTheirJob()
    {
        var (payer, other) = (await NewPayerAsync(), await NewPayerAsync());
        var signed = payer.Sign(await Shop.QuoteAsync());
        var ticket = Ticket.Of(await PayAsync(signed));
        await Shop.EndOfAsync(ticket);
        var late = other.Sign(await Shop.QuoteAsync());
        await fixture.DoAsync("sales/pause", """{"reason":"a test"}""");
        try
        {
            var refused = await PayAsync(late);
            var again = await PayAsync(signed);

            Assert.Equal((503, "sales_paused", "unused"), (refused.Status, refused.Text("code"), refused.Text("payment_state")));
            Assert.NotNull(refused.Header("Retry-After"));
            Assert.Equal(ticket with { WebhookSecret = null }, Ticket.Of(again));
            Assert.False(await other.IsUsedAsync(late));
            Assert.Equal("paused", (await fixture.PaymentsAsync()).Text("sales.state"));
        }
        finally
        {
            await fixture.DoAsync("sales/resume");
        }

        await Shop.EndOfAsync(Ticket.Of(await PayAsync(late)));
        Assert.Equal(9 * Price, await other.BalanceAsync());
    }

    [Fact]
    public async Task EveryCall_WithoutTheOperatorsKey_Is401()
    {
        Assert.Equal(401, (await Shop.GetAsync("/v1/operator/payments")).Status);
        Assert.Equal(401, (await Shop.SendAsync(HttpMethod.Post, "/v1/operator/sales/pause")).Status);
    }

    private Task<BigInteger> ReceivedAsync() => Chain.Rpc.GetBalanceAsync(fixture.PayTo.Address, CancellationToken.None);

    private static JsonElement.ArrayEnumerator Entries(JsonElement view) => view.GetProperty("entries").EnumerateArray();

    private static long SumOf(JsonElement view, string type) => view.GetProperty("days").EnumerateArray()
        .Sum(day => day.Find($"totals.{type}.amount_atomic")?.GetInt64() ?? 0);

    private static long PlainTransfersOf(JsonElement view) => view.GetProperty("unmatched").EnumerateArray()
        .Where(item => item.Text("kind") == "plain_transfer").Sum(item => item.GetProperty("amount_atomic").GetInt64());
}
