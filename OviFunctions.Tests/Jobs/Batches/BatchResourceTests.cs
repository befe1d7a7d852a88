using System.Text;
using System.Text.Json;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Payments.Refunds;
using OviFunctions.Providers;
using OviFunctions.Secrets;
using OviFunctions.Tests.Secrets;
using OviFunctions.Tests.Support;
using OviFunctions.Webhooks;

namespace OviFunctions.Tests.Jobs.Batches;

/// <summary>A batch as buyers see it, and how much of it is stored.</summary>
public sealed class BatchResourceTests
{
    private static readonly DateTimeOffset Now = JobSamples.CreatedAt;

    private static readonly VideoJobInput Paid = JobSamples.PaidJob with { Model = BatchModel.ModelName, Items = 3, PriceAtomic = 1_260_000 };

    private static readonly JobStatus Mixed = new()
    {
        State = JobState.Succeeded, Money = MoneyState.Settled, Transaction = JobSamples.Transaction, StartedAt = Now, CompletedAt = Now.AddSeconds(90),
        Outcome = JobOutcome.RefundDue, Batch = new BatchResult(2, 1, 420_000),
    };

    private static readonly JobStatus Made = new()
    {
        State = JobState.Succeeded, StartedAt = Now, CompletedAt = Now.AddSeconds(60), Outcome = JobOutcome.Delivered, Video = JobSamples.Video,
        Attempts = [new AttemptStatus(0, "fal", AttemptState.Failed, Now, Now, FailureClass.ProviderTimeout), new AttemptStatus(1, "fal-2", AttemptState.Delivered, Now, Now)],
    };

    private static readonly JobStatus NotMade = new()
    {
        State = JobState.Failed, StartedAt = Now, CompletedAt = Now, Outcome = JobOutcome.RefundDue, Error = JobErrors.FromProviders([]),
    };

    private readonly MemoryRecordStore _records = new();
    private readonly MemoryTaskClient _client = new();
    private readonly ManualTimeProvider _clock = new(Now);
    private readonly JobResources _resources = new(
        TestSettings.Read(
            ("PublicBaseUrl", "https://video.example.com"), ("ApiKeys:0:Sha256", new string('a', 64)), ("Payments:PayTo", "0x000000000000000000000000000000000000dEaD")),
        new JobSecrets(KeyRingTests.Of("k1")), new ManualTimeProvider(Now));

    [Fact]
    public void Make_DeliveredInPart_EachItemHasItsOwnResultAndTheSumsAgree()
    {
        var job = _resources.Make(View(Paid, Mixed, Made, NotMade, Made));

        Assert.Equal(["succeeded", "failed", "succeeded"], job.Items!.Select(item => item.Status));
        Assert.Equal([0.42m, 0m, 0.42m], job.Items!.Select(item => item.CostActualUsd));
        Assert.Equal([null, 0.42m, null], job.Items!.Select(item => item.RefundUsd));
        Assert.Equal((1.26m, 0.84m, "420000", "refund_due"), (job.EstimateUsd, job.CostActualUsd, job.Refund!.Amount, job.Payment!.State));
        Assert.Equal(job.CostActualUsd, job.Items!.Sum(item => item.CostActualUsd));
        Assert.StartsWith($"https://video.example.com/v1/videos/jobs/{Paid.JobId}_02/content?e=", Assert.Single(job.Items![2].Assets).Url.AbsoluteUri, StringComparison.Ordinal);
        Assert.Empty(job.Items![1].Assets);
        Assert.Equal((2, 2), (job.RetryCount, job.Items![0].Attempts.Count));
        Assert.Null(job.Params);
        Assert.Equal(JobSamples.Prompt, job.Items![0].Params!.Prompt);
    }

    [Fact]
    public void Make_ApiKeyDeliveredInPart_IsChargedForWhatWasDelivered()
    {
        var status = Mixed with { Outcome = JobOutcome.Delivered, Money = MoneyState.Unused, Transaction = null };
        var job = _resources.Make(View(Paid with { Payment = null, ApiKeyId = "alice" }, status, Made, NotMade with { Outcome = JobOutcome.Unpaid }, Made));

        Assert.Equal((0.84m, null, null), (job.CostActualUsd, job.Refund, job.Payment));
        Assert.Equal([0.42m, 0m, 0.42m], job.Items!.Select(item => item.CostActualUsd));
        Assert.All(job.Items!, item => Assert.Null(item.RefundUsd));
    }

    [Fact]
    public void Make_Running_ProgressGrowsWithTheItems()
    {
        var running = Mixed with { State = JobState.Running, Outcome = null, Batch = null, CompletedAt = null };
        var begun = new JobStatus { State = JobState.Running, StartedAt = Now };

        Assert.Equal(20, _resources.Make(View(Paid, running, begun, begun, begun)).Progress.Percent);
        Assert.Equal(73, _resources.Make(View(Paid, running, Made, NotMade, begun)).Progress.Percent);
    }

    [Fact]
    public void WithoutDetails_HidesWhatTheItemsHold()
    {
        var job = _resources.Make(View(Paid, Mixed, Made, NotMade, Made)).WithoutDetails();

        var json = JsonSerializer.Serialize(job, ApiJson.Options);
        Assert.All([JobSamples.Prompt, "/content", "fal", "provider_unavailable"], text => Assert.DoesNotContain(text, json, StringComparison.Ordinal));
        Assert.Equal(["succeeded", "failed", "succeeded"], job.Items!.Select(item => item.Status));
    }

    [Fact]
    public async Task Read_OrchestrationsArePurged_RecordsHaveTheResult()
    {
        await OrderAsync();
        var outcomes = OutcomeRecording.OfBatches(_records, _clock);
        var items = await new BatchItems(_records).ReadAsync(Paid, default);
        await outcomes.RecordItemAsync(Delivery(items[0]), default);
        await outcomes.RecordItemAsync(Delivery(items[2]), default);
        await outcomes.CloseAsync(Paid, Now, JobErrors.Internal, JobSamples.Transaction, default);

        var job = await ReadAsync();

        Assert.Equal(("succeeded", 0.84m), (job.Status, job.CostActualUsd));
        Assert.Equal(["succeeded", "failed", "succeeded"], job.Items!.Select(item => item.Status));
        Assert.Equal("internal_error", job.Items![1].Error!.Code);
    }

    [Fact]
    public async Task Read_BatchEndedBeforeItsItemsWereBegun_TheyHaveItsStatus()
    {
        await OrderAsync();
        _client.Add(Paid, new JobStatus { State = JobState.Failed, Outcome = JobOutcome.Unpaid, CompletedAt = Now, Error = new JobError("image", "too_small", "") });

        var job = await ReadAsync();

        Assert.Equal((0, 3), (job.CostActualUsd, job.Items!.Count));
        Assert.All(job.Items!, item => Assert.Equal(("failed", 0m, (decimal?)null), (item.Status, item.CostActualUsd, item.RefundUsd)));
    }

    [Fact]
    public void Sizes_TwentyItems_InputStatusAndWebhookFit()
    {
        // JSON writes these characters as twelve bytes each.
        var texts = string.Concat(Enumerable.Repeat("😀", 2000));
        var request = JobSamples.Request with { Prompt = texts, NegativePrompt = texts, AudioNegativePrompt = texts, User = texts[..512], WebhookUrl = "https://e.com/" + new string('w', 2000) };
        var batch = Paid with { Items = 20, PriceAtomic = 8_400_000, Request = request with { Prompt = "", NegativePrompt = "", AudioNegativePrompt = "", ImageUrl = null } };
        var inputs = Enumerable.Range(0, 20).Select(i => Item(batch, i) with { Request = request }).ToArray();
        var lanes = Enumerable.Range(0, 8).Select(i => new AttemptStatus(i, new string('a', 32), AttemptState.Failed, Now, Now, FailureClass.ProviderUnavailable)).ToArray();
        var made = Made with { Attempts = lanes };
        var notMade = NotMade with { Attempts = lanes, Error = JobErrors.FromProviders([new ProviderFailure(FailureClass.ContentPolicy, null, "")]) };
        foreach (var status in new[] { made, notMade })
        {
            var view = new JobView(batch, Mixed with { Batch = new BatchResult(20, 0, 0) }) { Items = [.. inputs.Select(input => new JobView(input, status))] };
            var body = new { type = WebhookEvents.Succeeded, timestamp = Now, data = new JobEnvelope(_resources.Make(view).ForWebhook()) };
            Assert.InRange(JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Options).Length, 1, WebhookMessage.MaxBodyBytes - 1000);
        }

        // What delivers it has it as a text in a text: with a user's name in plain letters, that is an orchestration's input too.
        var plain = new JobView(batch with { Request = batch.Request with { User = "u" } }, Mixed) { Items = [.. inputs.Select(input => new JobView(input, made))] };
        var text = JsonSerializer.Serialize(new { type = WebhookEvents.Succeeded, timestamp = Now, data = new JobEnvelope(_resources.Make(plain).ForWebhook()) }, ApiJson.Options);
        Assert.InRange(Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(text)), 1, 20_000);
        Assert.InRange(Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(batch)), 1, 20_000);
        Assert.InRange(Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(Mixed)), 1, 8 * 1024);
    }

    [Fact]
    public void Of_BatchDeliveredInPart_IsARefundOfTheRest() =>
        Assert.Equal((420_000, RefundReason.OurFault), JobRefunds.Of(Paid, error: null, Mixed.Batch) is var refund ? (refund.AmountAtomic, refund.Reason) : default);

    private static VideoJobInput Item(VideoJobInput batch, int index) =>
        batch with { JobId = JobIdentity.Item(batch.JobId, index), Model = "ovi/image-to-video", PriceAtomic = 420_000, Payment = null, Items = null };

    private static JobView View(VideoJobInput batch, JobStatus status, params JobStatus[] items) =>
        new(batch, status) { Items = [.. items.Select((item, i) => new JobView(Item(batch, i), item))] };

    private static OviFunctions.Activities.OutcomeRecord Delivery(VideoJobInput item) =>
        new(item.JobId, JobOutcome.Delivered, Now, JobSamples.Video, Error: null, Payer: null, item.PriceAtomic, Transaction: null);

    private async Task OrderAsync()
    {
        await new BatchItems(_records).WriteAsync(Paid, new BatchRecord([.. Enumerable.Range(0, 3).Select(i => Item(Paid, i))]), default);
        await _records.TryCreateAsync(RecordNames.Claim(Paid.JobId), JobSamples.ClaimOf(Paid), default);
    }

    private async Task<JobResource> ReadAsync()
    {
        var view = (await new JobReader(_records, _clock, HostLifetime.Running()).ReadAsync(_client, Paid.JobId, default))!;
        return _resources.Make(await OutcomeRecording.BatchReader(_records, _clock).WithItemsAsync(_client, view, default));
    }
}
