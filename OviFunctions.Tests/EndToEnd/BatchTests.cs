using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Payments.Evm;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>Several videos for one payment: each is delivered, or its money goes back.</summary>
public sealed class BatchTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    private const string BatchesPath = "/v1/videos/batches";

    [Fact]
    public async Task OneOfThreeFails_TwoVideosPlay_AndExactlyItsPriceGoesBack()
    {
        var body = BatchOf("one", "two", "three");
        FailEverywhere(PromptOf("two"));
        var payer = await NewPayerAsync();
        var quote = new Quote(await SendAsync(body));
        Assert.Equal("1260000", quote.V2.Text("accepts.0.amount"));
        var signed = payer.Sign(quote);
        var ordered = await SendAsync(body, Shop.Pay(quote, signed));
        var ticket = Ticket.Of(ordered);

        JsonElement job = default;
        await Eventually.TrueAsync(async () => (job = await Shop.JobAsync(ticket)).Text("payment.state") == "refunded");

        Assert.Equal(("batch", "succeeded", null), (job.Text("model"), job.Text("status"), job.Text("error.code")));
        Assert.Equal(["succeeded", "failed", "succeeded"], Items(job).Select(item => item.Text("status")!));
        Assert.Equal([0.42m, 0m, 0.42m], Items(job).Select(item => item.GetProperty("cost_actual_usd").GetDecimal()));
        Assert.Equal(0.84m, job.GetProperty("cost_actual_usd").GetDecimal());
        Assert.Equal(("provider_unavailable", 0.42m), (Items(job)[1].Text("error.code"), Items(job)[1].GetProperty("refund_usd").GetDecimal()));
        Assert.Equal("420000", job.Text("refund.amount"));
        Assert.Equal([3 * Price], await payer.PaymentsAsync());
        Assert.Equal([Price], await payer.RefundsAsync());

        foreach (var item in new[] { Items(job)[0], Items(job)[2] })
        {
            var byLink = await Shop.GetAsync(new Uri(item.Text("assets.0.url")!).PathAndQuery);
            Assert.Equal((200, "video/mp4"), (byLink.Status, byLink.Header("Content-Type")));
            Assert.Equal(item.GetProperty("assets")[0].GetProperty("bytes").GetInt64(), byLink.Body.Length);
            Assert.Equal(200, (await Shop.GetAsync(ContentPath(item), ticket.Bearer)).Status);
            Assert.Equal(404, (await Shop.GetAsync(ContentPath(item))).Status);
        }

        Assert.Equal(404, (await Shop.GetAsync(ContentPath(Items(job)[1]), ticket.Bearer)).Status);
        Assert.Empty(Items(job)[1].GetProperty("assets").EnumerateArray());

        var operators = (await Shop.GetAsync("/v1/operator/jobs/" + Items(job)[1].Text("id"), ("Authorization", "Bearer " + GatewaySettings.OperatorKey))).Json;
        Assert.Equal(["fal failed", "fal-2 failed"], operators.GetProperty("attempts").EnumerateArray().Select(attempt => $"{attempt.Text("provider")} {attempt.Text("state")}"));

        // The same payment again is the same batch.
        var again = await SendAsync(body, Shop.Pay(quote, signed));
        Assert.Equal((202, ticket.Id), (again.Status, again.Text("job.id")));
        Assert.Equal([3 * Price], await payer.PaymentsAsync());
        Assert.Equal((1, 1), (Stack.Fal.SubmitsOf(PromptOf("one")).Count, Stack.Fal.SubmitsOf(PromptOf("two")).Count));

        var hooks = await HooksAsync(3);
        Assert.Equal(["job.running", "job.succeeded", "job.refunded"], hooks.Select(hook => hook.Json().Text("type")!));
        Assert.All(hooks, hook => Assert.True(hook.IsSignedWith(ticket.WebhookSecret!)));
        Assert.Equal(["succeeded", "failed", "succeeded"], Items(hooks[1].Json().GetProperty("data").GetProperty("job")).Select(item => item.Text("status")!));

        var receipt = await Shop.GetAsync(ticket.Path + "/receipt", ticket.Bearer);
        Assert.Equal(0.84m, receipt.Json.GetProperty("receipt").GetProperty("total").GetDecimal());
    }

    [Fact]
    public async Task OneImageIsMissing_IsRefusedByName_AndNothingIsCharged()
    {
        var body = BatchOf("one", "two");
        body["items"]![1]!["image_url"] = new Uri(fixture.Images.Url, "missing.png").AbsoluteUri;
        var payer = await NewPayerAsync();
        var quote = new Quote(await SendAsync(body));

        var answer = await SendAsync(body, Shop.Pay(quote, payer.Sign(quote)));

        Assert.Equal((422, "/items/1/image_url"), (answer.Status, answer.Text("errors.0.pointer")));
        Assert.Equal(10 * Price, await payer.BalanceAsync());
        Assert.Empty(Stack.Fal.SubmitsOf(PromptOf("one")));
    }

    [Fact]
    public async Task NobodyDelivers_IsFailed_AndEverythingGoesBackInOneTransfer()
    {
        FailEverywhere(PromptOf("one"));
        FailEverywhere(PromptOf("two"));
        var (payer, ticket) = await BuyAsync(BatchOf("one", "two"));

        JsonElement job = default;
        await Eventually.TrueAsync(async () => (job = await Shop.JobAsync(ticket)).Text("payment.state") == "refunded");

        Assert.Equal(("failed", "provider_unavailable"), (job.Text("status"), job.Text("error.code")));
        Assert.Equal(0, job.GetProperty("cost_actual_usd").GetDecimal());
        Assert.Equal([2 * Price], await payer.RefundsAsync());
    }

    [Fact]
    public async Task Canceled_WhatIsMadeStays_AndTheRestGoesBack()
    {
        Stack.Fal.Faults.ForPrompt(PromptOf("two"), new SimulatorFault { Outcome = SimulatedOutcome.NeverFinishes });
        var (payer, ticket) = await BuyAsync(BatchOf("one", "two"));
        await Eventually.TrueAsync(async () =>
        {
            var items = Items(await Shop.JobAsync(ticket));
            // Of the second there is something to cancel.
            return items[0].Text("status") == "succeeded" && Stack.Fal.SubmitsOf(PromptOf("two")).Any(submit => submit.RequestId is not null);
        });
        // A video can be had before the batch has ended.
        Assert.Equal(200, (await Shop.GetAsync(ContentPath(Items(await Shop.JobAsync(ticket))[0]), ticket.Bearer)).Status);

        var canceled = await Shop.SendAsync(HttpMethod.Delete, ticket.Path, headers: [ticket.Bearer]);

        Assert.Equal(202, canceled.Status);
        JsonElement job = default;
        await Eventually.TrueAsync(async () => (job = await Shop.JobAsync(ticket)).Text("payment.state") == "refunded");
        Assert.Equal(["succeeded", "canceled"], Items(job).Select(item => item.Text("status")!));
        Assert.Equal("succeeded", job.Text("status"));
        Assert.Equal([Price], await payer.RefundsAsync());
    }

    [Fact]
    public async Task ByApiKey_WhatFailsIsNotCharged_AndOneKeyIsOneBatch()
    {
        FailEverywhere(PromptOf("two"));
        var body = BatchOf("one", "two");
        var key = Shop.Key(GatewaySettings.ApiKey, Prompt[^13..^1]);
        var ticket = Ticket.Of(await SendAsync(body, key));

        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal(("succeeded", "api_key"), (job.Text("status"), job.Text("payment_method")));
        Assert.Equal(["succeeded", "failed"], Items(job).Select(item => item.Text("status")!));
        Assert.Equal((0.84m, 0.42m), (job.GetProperty("estimate_usd").GetDecimal(), job.GetProperty("cost_actual_usd").GetDecimal()));
        Assert.Equal(ticket.Id, Ticket.Of(await SendAsync(body, key)).Id);
        Assert.Single(Stack.Fal.SubmitsOf(PromptOf("one")));
    }

    private string PromptOf(string item) => $"{Prompt} {item}";

    private static string ContentPath(JsonElement item) => $"/v1/videos/jobs/{item.Text("id")}/content";

    private static JsonElement[] Items(JsonElement job) => [.. job.GetProperty("items").EnumerateArray()];

    /// <summary>Items with an image each, of which the first comes along and the others are fetched.</summary>
    private JsonObject BatchOf(params string[] items)
    {
        var requests = items.Select(item => OrderBody.For(PromptOf(item))).ToArray();
        foreach (var request in requests.Skip(1)) request["image_url"] = new Uri(fixture.Images.Url, "picture.png").AbsoluteUri;
        requests[^1]["model"] = "ovi/image-to-video";
        return new JsonObject { ["items"] = new JsonArray([.. requests]), ["webhook_url"] = Hook.AbsoluteUri };
    }

    private void FailEverywhere(string prompt)
    {
        Stack.Fal.Faults.ForPrompt(prompt, new SimulatorFault { Outcome = SimulatedOutcome.InternalError });
        Stack.SecondFal.Faults.ForPrompt(prompt, new SimulatorFault { Outcome = SimulatedOutcome.InternalError });
    }

    private async Task<(Payer Payer, Ticket Ticket)> BuyAsync(JsonObject body)
    {
        var payer = await NewPayerAsync();
        var quote = new Quote(await SendAsync(body));
        return (payer, Ticket.Of(await SendAsync(body, Shop.Pay(quote, payer.Sign(quote)))));
    }

    private Task<Answer> SendAsync(JsonObject body, params IEnumerable<(string Name, string Value)> headers) =>
        Shop.OrderAsync(Encoding.UTF8.GetBytes(body.ToJsonString()), headers, BatchesPath, Soon);
}
