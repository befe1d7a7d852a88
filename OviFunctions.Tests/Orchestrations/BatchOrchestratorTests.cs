using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

public sealed class BatchOrchestratorTests
{
    private static readonly JobError Nobody = JobErrors.FromProviders([]);

    [Fact]
    public async Task Run_AllDelivered_EveryStepInOrderAndNothingGoesBack()
    {
        var script = new BatchScript();

        var status = await script.RunAsync();

        Assert.Equal(
            [
                "PrepareItem 00", "PrepareItem 01", "PrepareItem 02", "SettlePayment", "CheckPayment", "job.running",
                "BatchItemOrchestrator 00", "BatchItemOrchestrator 01", "BatchItemOrchestrator 02", "CloseBatch", "job.succeeded",
            ],
            script.Steps);
        Assert.Equal((JobState.Succeeded, MoneyState.Settled, JobOutcome.Delivered), (status.State, status.Money, status.Outcome));
        Assert.Equal((new BatchResult(3, 0, 0), (JobError?)null), (status.Batch, status.Error));
        Assert.Equal(0, script.Context.OpenTimers);
    }

    [Fact]
    public async Task Run_Items_AreMadeAtTheSameTimeUnderTheirIds()
    {
        var script = new BatchScript();
        script.Items(async index => await script.Context.After(10 + index, await script.DeliverAsync(index)));

        await script.RunAsync();

        Assert.Equal([0, 0, 0], script.Context.TimesOf(nameof(BatchItemOrchestrator)));
        Assert.Equal([12], script.Context.TimesOf(nameof(CloseBatch)));
        Assert.Equal(
            Enumerable.Range(0, 3).Select(i => $"{JobId}_0{i}"),
            script.Context.Calls.Where(call => call.Name == nameof(BatchItemOrchestrator)).Select(call => ((SubOrchestrationOptions)call.Options!).InstanceId!));
    }

    [Fact]
    public async Task Run_OneItemFails_ItsPriceGoesBackAndTheBuyerIsToldOfASuccess()
    {
        var script = new BatchScript();
        script.Items(index => index == 1 ? script.FailAsync(index, Nobody) : script.DeliverAsync(index));

        var status = await script.RunAsync();

        Assert.Equal(["CloseBatch", "StartRefund", "job.succeeded"], script.Steps.TakeLast(3));
        Assert.Equal((JobState.Succeeded, JobOutcome.RefundDue, new BatchResult(2, 1, 420_000)), (status.State, status.Outcome, status.Batch));
        Assert.Equal(420_000, script.Refund!.AmountAtomic);
    }

    [Fact]
    public async Task Run_PercentagesByReason_ApplyToEachItem()
    {
        var batch = BatchScript.PaidBatch();
        var script = new BatchScript(batch with { Plan = batch.Plan with { Refunds = new RefundPercents(InvalidInput: 100, ContentPolicy: 25) } });
        script.Items(index => index switch
        {
            0 => script.FailAsync(index, JobErrors.FromProviders([new ProviderFailure(FailureClass.ContentPolicy, null, "")])),
            1 => script.FailAsync(index, Nobody),
            _ => script.DeliverAsync(index),
        });

        await script.RunAsync();

        Assert.Equal(105_000 + 420_000, script.Refund!.AmountAtomic);
    }

    [Fact]
    public async Task Run_AllItemsFail_EverythingGoesBackAndTheReasonIsTheirs()
    {
        var script = new BatchScript();
        script.Items(index => script.FailAsync(index, Nobody));

        var status = await script.RunAsync();

        Assert.Equal((JobState.Failed, JobOutcome.RefundDue, Nobody), (status.State, status.Outcome, status.Error));
        Assert.Equal(1_260_000, script.Refund!.AmountAtomic);
        Assert.Equal("job.failed", script.Steps.Last());
    }

    [Fact]
    public async Task Run_AnItemBreaks_IsOurFaultAndTakesNoOtherWithIt()
    {
        var script = new BatchScript();
        script.Items(index => index == 2 ? throw new InvalidOperationException() : script.DeliverAsync(index));

        var status = await script.RunAsync();

        Assert.Equal((JobState.Succeeded, new BatchResult(2, 1, 420_000)), (status.State, status.Batch));
        Assert.Equal(JobErrors.Internal, (await script.Records.ReadAsync<OutcomeRecord>(RecordNames.ItemOutcome($"{JobId}_02"), default))!.Value.Error);
    }

    [Fact]
    public async Task Run_AnItemBreaksAfterItsDeliveryWasRecorded_IsDelivered()
    {
        var script = new BatchScript();
        script.Items(async index => await script.DeliverAsync(index) is var end && index == 2 ? throw new InvalidOperationException() : end);

        Assert.Equal(JobOutcome.Delivered, (await script.RunAsync()).Outcome);
        Assert.Null(script.Refund);
    }

    [Fact]
    public async Task Run_OneBadImage_EndsUnpaidAndNamesTheItem()
    {
        var script = new BatchScript();
        script.Context.On<string, PreparedImage>(nameof(PrepareItem), item => item.EndsWith("01", StringComparison.Ordinal)
            ? new PreparedImage(null, new("too_small", "the image is 8x8"))
            : Image);

        var status = await script.RunAsync();

        Assert.Equal(["PrepareItem 00", "PrepareItem 01", "PrepareItem 02", "record Unpaid", "job.failed"], script.Steps);
        Assert.Equal((JobState.Failed, MoneyState.Unused, JobOutcome.Unpaid), (status.State, status.Money, status.Outcome));
        Assert.Equal(new JobError("image", "too_small", "Item 1: the image is 8x8") { Item = 1 }, status.Error);
    }

    [Fact]
    public async Task Run_UnpaidForGood_NoItemIsBegun()
    {
        var script = new BatchScript();
        script.Context.On<CheckPaymentInput, PaymentProof>(nameof(CheckPayment), _ => new PaymentProof(PaymentProofState.UnpaidForGood));

        var status = await script.RunAsync();

        Assert.Equal((JobOutcome.Unpaid, "payment_not_settled"), (status.Outcome, status.Error!.Code));
        Assert.DoesNotContain(script.Context.Calls, call => call.Name is nameof(BatchItemOrchestrator) or nameof(StartRefund));
    }

    [Fact]
    public async Task Run_ChainNeverSaysAnything_AllThatMayHaveComeIsDueBack()
    {
        var script = new BatchScript();
        script.Context.On<CheckPaymentInput, PaymentProof>(nameof(CheckPayment), _ => new PaymentProof(PaymentProofState.Undecided));

        Assert.Equal((JobState.Failed, JobOutcome.RefundDue), (await script.RunAsync()) is var status ? (status.State, status.Outcome) : default);
        Assert.Equal(1_260_000, script.Refund!.AmountAtomic);
    }

    [Fact]
    public async Task Run_CancelWhileItemsAreMade_IsPassedOnToThoseThatRun()
    {
        var script = new BatchScript();
        script.Items(async index => index == 0
            ? await script.DeliverAsync(index)
            : await script.Context.After(10, await script.FailAsync(index, JobErrors.Canceled)));
        script.Context.EventAt(3, JobEvents.Cancel, "cancel");

        var status = await script.RunAsync();

        Assert.Equal([($"{JobId}_01", JobEvents.Cancel), ($"{JobId}_02", JobEvents.Cancel)], script.Context.Sent.Select(sent => (sent.InstanceId, sent.Event)));
        Assert.Equal((JobState.Succeeded, new BatchResult(1, 2, 840_000)), (status.State, status.Batch));
    }

    [Fact]
    public async Task Run_CancelWhileSettling_NoItemIsBegunAndEverythingGoesBack()
    {
        var script = new BatchScript();
        var looks = 0;
        script.Context
            .On<CheckPaymentInput, PaymentProof>(nameof(CheckPayment), _ => looks++ < 2 ? new(PaymentProofState.Undecided) : new(PaymentProofState.Paid, Transaction))
            .EventAt(1.5, JobEvents.Cancel, "cancel");

        var status = await script.RunAsync();

        Assert.DoesNotContain(script.Context.Calls, call => call.Name == nameof(BatchItemOrchestrator));
        Assert.Equal((JobState.Canceled, JobErrors.Canceled, new BatchResult(0, 3, 1_260_000)), (status.State, status.Error, status.Batch));
        Assert.Equal(1_260_000, script.Refund!.AmountAtomic);
    }

    [Fact]
    public async Task Run_ApiKey_WhatFailsIsNotCharged_AndNothingIsRefunded()
    {
        var script = new BatchScript(BatchScript.KeyBatch());
        script.Items(index => index == 1 ? script.FailAsync(index, Nobody) : script.DeliverAsync(index));

        var status = await script.RunAsync();

        Assert.DoesNotContain(nameof(SettlePayment), script.Steps);
        Assert.Equal((JobState.Succeeded, JobOutcome.Delivered, new BatchResult(2, 1, 420_000)), (status.State, status.Outcome, status.Batch));
        Assert.Null(script.Refund);
    }

    [Fact]
    public async Task Run_ClosingBreaksOnce_TheDeliveredItemsStayTheBuyers()
    {
        var script = new BatchScript();
        var tries = 0;
        var outcomes = OutcomeRecording.OfBatches(script.Records, new ManualTimeProvider());
        script.Context.On<CloseBatchInput, OutcomeRecord>(nameof(CloseBatch), close => tries++ == 0
            ? throw new InvalidOperationException()
            : outcomes.CloseAsync(close.Batch, close.At, close.Undelivered, close.Transaction, default));

        Assert.Equal((JobState.Succeeded, JobOutcome.Delivered), (await script.RunAsync()) is var status ? (status.State, status.Outcome) : default);
    }
}
