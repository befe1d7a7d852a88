using Microsoft.DurableTask.Client;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

/// <summary>Batches whose orchestration died: what was delivered is the buyer's, and the rest of the money too.</summary>
public sealed partial class MoneySweepTests
{
    private static VideoJobInput Batch => Job with
    {
        Model = BatchModel.ModelName, Items = 2, PriceAtomic = 840_000, Request = Job.Request with { WebhookUrl = "https://buyer.example.com/hooks" },
    };

    private static VideoJobInput[] BatchItemInputs => [.. Enumerable.Range(0, 2).Select(i =>
        Batch with { JobId = JobIdentity.Item(Batch.JobId, i), Model = "ovi/image-to-video", PriceAtomic = 420_000, Payment = null, Items = null })];

    [Fact]
    public async Task Run_BatchDiedWithOneVideoDelivered_TheOtherOnesPriceGoesBackAndLateVideosAreNotShown()
    {
        await DieAsync(delivered: 1);
        Settle();

        await RunAsync(120);

        var outcome = (await OutcomeAsync())!;
        Assert.Equal((JobOutcome.RefundDue, new BatchResult(1, 1, 420_000), (JobError?)null), (outcome.Outcome, outcome.Batch, outcome.Error));
        Assert.Equal(420_000, (await RefundAsync())!.AmountAtomic);
        Assert.True(IsFollowed());
        var view = (await NewReader().ReadAsync(_client, Batch.JobId, default))!;
        Assert.Equal((JobState.Succeeded, JobOutcome.RefundDue, (JobError?)null), (view.Status.State, view.Status.Outcome, view.Status.Error));
        var items = (await OutcomeRecording.BatchReader(_records, _clock).WithItemsAsync(_client, view, default)).Items!;
        Assert.Equal([JobState.Succeeded, JobState.Failed], items.Select(item => item.Status.State));
        Assert.Contains(JobIds.Hook(Batch.JobId, WebhookEvents.Succeeded), _client.InstanceIds);

        // The item's orchestration outlived the batch's.
        var late = await OutcomeRecording.OfBatches(_records, _clock).RecordItemAsync(Delivery(1), default);
        Assert.Equal(JobOutcome.RefundDue, late.Outcome);
    }

    [Fact]
    public async Task Run_BatchDiedWithAllVideosDelivered_TheMoneyStaysAndTheBuyerIsTold()
    {
        await DieAsync(delivered: 2);
        Settle();

        await RunAsync(120);

        Assert.Equal((JobOutcome.Delivered, new BatchResult(2, 0, 0)), ((await OutcomeAsync())!.Outcome, (await OutcomeAsync())!.Batch));
        Assert.Null(await RefundAsync());
        Assert.False(IsFollowed());
        Assert.Contains(JobIds.Hook(Batch.JobId, WebhookEvents.Succeeded), _client.InstanceIds);
    }

    [Fact]
    public async Task Run_BatchEndedAndItsRefundWasNotStarted_ItIsOfWhatWasNotDelivered()
    {
        await DieAsync(delivered: 1);
        await OutcomeRecording.OfBatches(_records, _clock).CloseAsync(Batch, _clock.GetUtcNow(), JobErrors.Internal, Tx.ToString(), default);

        await RunAsync(120);

        Assert.Equal(420_000, (await RefundAsync())!.AmountAtomic);
    }

    [Fact]
    public async Task Run_BatchDiedUnpaid_NothingGoesBackAndItsItemsHaveNoOutcome()
    {
        await DieAsync(delivered: 0);
        (_node.Head, _node.Safe) = (100, 80);

        await RunAsync(120);

        Assert.Equal(JobOutcome.Unpaid, (await OutcomeAsync())!.Outcome);
        Assert.Null(await RefundAsync());
        Assert.DoesNotContain(_records.Names, name => name.StartsWith("item-outcomes/", StringComparison.Ordinal));
    }

    private static OutcomeRecord Delivery(int index) => new(
        BatchItemInputs[index].JobId, JobOutcome.Delivered, JobSamples.CreatedAt, JobSamples.Video, Error: null, Payer: null, 420_000, Transaction: null);

    private JobReader NewReader() => new(_records, _clock, HostLifetime.Running());

    /// <summary>The orchestration dies in the middle; so many items have recorded their delivery.</summary>
    private async Task DieAsync(int delivered)
    {
        await new BatchItems(_records).WriteAsync(Batch, new BatchRecord(BatchItemInputs), default);
        await ClaimAsync(JobSamples.ClaimOf(Batch));
        var status = delivered > 0 ? Running(JobSamples.CreatedAt) : new JobStatus { State = JobState.PaymentPending, Money = MoneyState.InFlight };
        _client.Add(Batch, status, OrchestrationRuntimeStatus.Terminated);
        for (var i = 0; i < delivered; i++) await OutcomeRecording.OfBatches(_records, _clock).RecordItemAsync(Delivery(i), default);
    }
}
