using System.Security.Cryptography;
using System.Text.Json;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Media;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>A video from the quote to the MP4, seen from every side: buyer, chain, provider, storage, webhook receiver.</summary>
public sealed class PurchaseTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData(BuyerClient.V2, null, "eip155:84532")]
    [InlineData(BuyerClient.V1, "0.42", "base-sepolia")] // its own cap is $0.10
    public async Task Buy_WithAReferenceClient_GivesOneVideoForOnePayment(BuyerClient client, string? maxDollars, string network)
    {
        var payer = await NewPayerAsync();
        var purchase = new Purchase(new Uri(Gateway.Process.Url, Shop.JobsPath), Body(webhook: true).ToJsonString())
        {
            Client = client,
            Wallet = payer.Wallet,
            MaxDollars = maxDollars,
        };

        var outcome = await Buyer.BuyAsync(Stack.Host, Chain.Network, purchase, Soon);

        Assert.Null(outcome.Error);
        Assert.Equal([402, 202], outcome.Exchanges.Select(exchange => exchange.Status));
        AssertQuote(outcome.Exchanges[0]);
        var receipt = outcome.Receipt!.Value;
        Assert.True(receipt.GetProperty("success").GetBoolean());
        Assert.Equal(network, receipt.Text("network"));
        Assert.Equal(payer.Address.ToChecksumString(), receipt.Text("payer"));
        Assert.Equal("0x1", (await Chain.Rpc.GetReceiptAsync(receipt.Text("transaction")!, Soon))!.Value.Text("status"));
        var answer = outcome.Body!.Value;
        Assert.Equal("settled", answer.Text("job.payment.state"));

        var ticket = new Ticket(answer.Text("job.id")!, answer.Text("job_token")!, answer.Text("webhook_secret"));
        var job = await AssertDeliveredAsync(ticket);

        Assert.Equal([Price], await payer.PaymentsAsync());
        Assert.Equal(("x402", "settled"), (job.Text("payment_method"), job.Text("payment.state")));
        Assert.Equal(receipt.Text("transaction"), job.Text("payment.transaction"));
        Assert.Equal(0.42m, job.GetProperty("cost_actual_usd").GetDecimal());
    }

    [Fact]
    public async Task Buy_WithAnApiKey_GivesOneVideo()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { ProcessingMilliseconds = 500 });

        var ticket = await OrderByKeyAsync(Body(webhook: true));

        Assert.True((await Shop.JobAsync(ticket)).Text("status") is "queued" or "running");
        var job = await AssertDeliveredAsync(ticket);
        Assert.Equal("api_key", job.Text("payment_method"));
        Assert.Null(job.Find("payment"));
        var byKey = await Shop.GetAsync(ticket.Path, ("Authorization", "Bearer " + GatewaySettings.ApiKey));
        Assert.Equal((200, ticket.Id), (byKey.Status, byKey.Text("job.id")));
    }

    private static void AssertQuote(BuyerExchange exchange)
    {
        var v1 = exchange.ResponseBody;
        var v2 = JsonElement.Parse(Convert.FromBase64String(exchange.ResponseHeader("payment-required")!));
        Assert.Equal((1, 2), (v1.GetProperty("x402Version").GetInt32(), v2.GetProperty("x402Version").GetInt32()));
        Assert.Equal(("base-sepolia", "420000"), (v1.Text("accepts.0.network"), v1.Text("accepts.0.maxAmountRequired")));
        Assert.Equal(("eip155:84532", "420000"), (v2.Text("accepts.0.network"), v2.Text("accepts.0.amount")));
    }

    /// <summary>Waits for the end of a job and looks at the file, the storage, the provider and the webhooks.</summary>
    private async Task<JsonElement> AssertDeliveredAsync(Ticket ticket)
    {
        var job = await Shop.EndOfAsync(ticket);
        Assert.Equal("succeeded", job.Text("status"));
        Assert.Equal(1, job.Count("assets"));

        var video = await Shop.GetAsync(ticket.ContentPath, ticket.Bearer);
        Assert.Equal((200, "video/mp4"), (video.Status, video.Header("Content-Type")));
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(video.Body));
        Assert.Equal(job.Text("assets.0.sha256"), sha256);
        Assert.Equal(job.Find("assets.0.bytes")!.Value.GetInt64(), video.Body.Length);
        var probe = new Mp4Probe();
        probe.Append(video.Body);
        var info = probe.Complete().Video!;
        Assert.InRange(info.DurationSeconds, 4.9, 5.2);
        Assert.Equal(24, info.FramesPerSecond!.Value, tolerance: 0.1);
        Assert.True(info.HasAudio);
        Assert.Equal($"{info.Width}x{info.Height}", job.Text("assets.0.resolution"));

        var blob = await Gateway.Container.GetBlobClient($"videos/{ticket.Id}/0.mp4").DownloadContentAsync();
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(blob.Value.Content)));
        Assert.Equal((1, 0), (SubmitsAt(Stack.Fal), SubmitsAt(Stack.SecondFal)));

        var hooks = await HooksAsync(2);
        Assert.Equal(["job.running", "job.succeeded"], hooks.Select(hook => hook.Json().Text("type")));
        Assert.All(hooks, hook => Assert.True(hook.IsSignedWith(ticket.WebhookSecret!), "A webhook is not signed with the job's secret."));
        Assert.Equal(["running", "succeeded"], hooks.Select(hook => hook.Json().Text("data.job.status")));
        Assert.All(hooks, hook => Assert.Equal(ticket.Id, hook.Json().Text("data.job.id")));
        Assert.Equal(sha256, hooks[1].Json().Text("data.job.assets.0.sha256"));
        return job;
    }
}
