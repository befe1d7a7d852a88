using System.Security.Cryptography;
using System.Text.Json;
using OviFunctions.Activities;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Receiver;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Refunds;
using OviFunctions.Storage;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>
/// What buyer, chain, providers and storage show of a job, without asking for the gateway's opinion where another can be had.
/// </summary>
internal sealed class CrashEvidence(CrashWorld world, CrashOrder order)
{
    /// <summary>The buyer was told of his job, with the token that reads it.</summary>
    public void IsAccepted(Answer answer)
    {
        var ticket = Ticket.Of(answer);
        Assert.Equal(order.JobId, ticket.Id);
        Assert.Equal(world.Secrets.JobToken(CrashWorld.KeyId, order.JobId), ticket.Token);
    }

    /// <summary>The sweeper found nothing that could run: nobody was charged, and nothing was sent to a provider.</summary>
    public async Task IsForgottenAsync(CancellationToken cancellationToken)
    {
        var marker = world.Blobs.GetBlobClient(RecordNames.OpenClaim(order.JobId));
        await Eventually.TrueAsync(async () => !await marker.ExistsAsync(cancellationToken));
        Assert.Empty(await LogsAsync(TokenAbi.AuthorizationUsed, cancellationToken));
        Assert.Equal(GatewayTest.Price, await order.Payer.BalanceAsync());
        Assert.Equal(0, SubmitsAt(world.Peers.Fal));
    }

    /// <param name="firstLaneSubmits">How many submits the first provider took.</param>
    /// <param name="secondLaneSubmits">How many the second one took.</param>
    public async Task IsDeliveredAndChargedOnceAsync(int firstLaneSubmits, int secondLaneSubmits, CancellationToken cancellationToken)
    {
        var job = await EndAsync(cancellationToken);
        Assert.True(job.Text("status") == "succeeded", $"The job ended so: {job}");
        await IsChargedOnceAsync(job.GetProperty("payment"), cancellationToken);
        await IsEnteredOnceAsync(job.GetProperty("payment"), cancellationToken);
        await IsStoredOnceAsync(cancellationToken);
        await IsToldAsync(WebhookEvents.Running, cancellationToken);
        await IsToldAsync(WebhookEvents.Succeeded, cancellationToken);
        Assert.Equal((firstLaneSubmits, secondLaneSubmits), (SubmitsAt(world.Peers.Fal), SubmitsAt(world.Peers.SecondFal)));
    }

    /// <summary>Paid once, without a video, and paid back once, with one signature.</summary>
    public async Task IsRefundedOnceAsync(CancellationToken cancellationToken)
    {
        await IsToldAsync(WebhookEvents.Refunded, cancellationToken);
        var job = await EndAsync(cancellationToken);
        Assert.Equal(("failed", "refunded"), (job.Text("status"), job.Text("payment.state")));
        Assert.Equal([GatewayTest.Price], await order.Payer.PaymentsAsync());
        Assert.Equal([GatewayTest.Price], await order.Payer.RefundsAsync());
        Assert.Equal(GatewayTest.Price, await order.Payer.BalanceAsync());
        var record = await new BlobRecordStore(world.Blobs).ReadAsync<RefundRecord>(RecordNames.Refund(order.JobId), cancellationToken);
        Assert.Equal((RefundState.Refunded, 1, job.Text("refund.transaction")), (record!.Value.State, record.Value.Generation, record.Value.Transaction));
        var entries = await new LedgerReader(new BlobRecordStore(world.Blobs)).OfJobAsync(order.JobId, cancellationToken);
        foreach (var type in (LedgerEntryType[])[LedgerEntryType.Settled, LedgerEntryType.RefundSigned, LedgerEntryType.Refunded])
            Assert.Equal(GatewayTest.Price, Assert.Single(entries, entry => entry.Type == type).AmountAtomic);
    }

    private async Task<JsonElement> EndAsync(CancellationToken cancellationToken)
    {
        JsonElement job = default;
        await Eventually.TrueAsync(async () =>
        {
            if (await world.GetAsync(order.JobPath, order.JobId, cancellationToken) is not { Status: 200 } answer) return false;
            job = answer.Json.GetProperty("job");
            return job.Text("status") is "succeeded" or "failed" or "canceled";
        });
        return job;
    }

    private async Task IsChargedOnceAsync(JsonElement payment, CancellationToken cancellationToken)
    {
        Assert.Equal("settled", payment.Text("state"));
        var use = Assert.Single(await LogsAsync(TokenAbi.AuthorizationUsed, cancellationToken));
        Assert.Equal(order.Signed.Transfer.Nonce.ToString(), use.Text("topics.2"));
        var transfer = Assert.Single(await LogsAsync(TokenAbi.Transfer, cancellationToken));
        var merchant = EvmAddress.Parse(DevAccounts.Merchant.Address);
        Assert.Equal(Bytes32.FromAddress(merchant).ToString(), transfer.Text("topics.2"));
        Assert.Equal(use.Text("transactionHash"), transfer.Text("transactionHash"));
        Assert.Equal(use.Text("transactionHash"), payment.Text("transaction"));
        Assert.Equal(0, await order.Payer.BalanceAsync());
    }

    private async Task IsEnteredOnceAsync(JsonElement payment, CancellationToken cancellationToken)
    {
        var ledger = new LedgerReader(new BlobRecordStore(world.Blobs));
        var entries = await ledger.OfJobAsync(order.JobId, cancellationToken);
        var settled = Assert.Single(entries, entry => entry.Type == LedgerEntryType.Settled);
        Assert.Equal((GatewayTest.Price, payment.Text("transaction")), (settled.AmountAtomic, settled.Transaction));
        foreach (var entry in entries)
        {
            var day = DateOnly.FromDateTime(entry.At.UtcDateTime);
            Assert.Single(await ledger.LinesAsync(day, entry.Type, cancellationToken).Where(line => line.JobId == order.JobId
                && line.Name.EndsWith(entry.Detail ?? "", StringComparison.Ordinal)).ToArrayAsync(cancellationToken));
        }
    }

    private async Task IsStoredOnceAsync(CancellationToken cancellationToken)
    {
        var outcome = await new BlobRecordStore(world.Blobs).ReadAsync<OutcomeRecord>(RecordNames.Outcome(order.JobId), cancellationToken);
        Assert.Equal(JobOutcome.Delivered, outcome!.Value.Outcome);
        var videos = new List<string>();
        var blobs = world.Blobs.GetBlobsAsync(prefix: $"videos/{order.VideoId}/", cancellationToken: cancellationToken);
        await foreach (var blob in blobs) videos.Add(blob.Name);
        if (order.IsBatch) outcome = await new BlobRecordStore(world.Blobs).ReadAsync<OutcomeRecord>(RecordNames.ItemOutcome(order.VideoId), cancellationToken);
        var video = outcome!.Value.Video!;
        Assert.Equal([(video.Original ?? video.File).Blob], videos);
        var expected = await File.ReadAllBytesAsync(ClipMaker.CommittedClip, cancellationToken);
        var asset = video.Original is null ? "video" : "original";
        Assert.Equal(expected, (await world.GetAsync($"{order.ContentPath}?asset={asset}", order.JobId, cancellationToken))?.Body);
        if (video.Original is not null) await IsFinishedAsync(video, cancellationToken);
    }

    /// <summary>Exactly what was asked for, with a poster.</summary>
    private async Task IsFinishedAsync(VideoAsset video, CancellationToken cancellationToken)
    {
        Assert.Equal((992, 512, 992), (video.File.Info.Width, video.File.Info.Height, video.Poster?.Width));
        foreach (var (asset, sha256) in new[] { ("video", video.File.Sha256), ("poster", video.Poster!.Sha256) })
        {
            var content = await world.GetAsync($"{order.ContentPath}?asset={asset}", order.JobId, cancellationToken);
            Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(content!.Body)));
        }
    }

    /// <summary>At least once, signed, and always with the same id and body.</summary>
    private async Task IsToldAsync(string eventType, CancellationToken cancellationToken)
    {
        var id = $"msg_{order.JobId}_{eventType.Replace('.', '_')}";
        await world.Peers.Receiver.Deliveries.WaitAsync(all => all.Any(d => d.Id == id), cancellationToken);
        var told = Told(eventType);
        Assert.All(told, delivery => Assert.True(delivery.IsValid, $"{delivery.Id} is {delivery.Verification}"));
        Assert.Equal([id], told.Select(delivery => delivery.Id).Distinct());
        Assert.Single(told.Select(delivery => Convert.ToHexString(delivery.Body.Span)).Distinct());
    }

    /// <summary>The first provider was told to stop, and the job that it had was stopped.</summary>
    public Task IsLoserStoppedAsync(CancellationToken cancellationToken)
    {
        var loser = CrashPeers.SubmitsOf(world.Peers.Fal, order).Single().RequestId;
        return world.Peers.Fal.Calls.WaitAsync(
            calls => calls.Any(call => call is { Kind: SimulatorCallKind.Cancel, Status: 202 } && call.RequestId == loser), cancellationToken);
    }

    /// <summary>The deliveries of one kind of event that came to the job's receiver.</summary>
    public IReadOnlyList<ReceivedWebhook> Told(string eventType) => [.. world.Peers.Receiver.Deliveries.Entries.Where(delivery =>
        delivery.Path == order.WebhookPath && delivery.Json().Text("type") == eventType)];

    private int SubmitsAt(FalSimulator fal) => CrashPeers.SubmitsOf(fal, order).Count;

    /// <summary>The token's logs of this kind about the payer; his mint is a transfer to him, not from him.</summary>
    private async Task<IReadOnlyList<JsonElement>> LogsAsync(Bytes32 kind, CancellationToken cancellationToken)
    {
        var chain = world.Stack.Chain!;
        string[] topics = [kind.ToString(), Bytes32.FromAddress(order.Payer.Address).ToString()];
        var filter = new { address = chain.Network.Usdc, fromBlock = "earliest", toBlock = "latest", topics };
        return [.. (await chain.Rpc.CallAsync("eth_getLogs", [filter], cancellationToken)).EnumerateArray()];
    }
}
