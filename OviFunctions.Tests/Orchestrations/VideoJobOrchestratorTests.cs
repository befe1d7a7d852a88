using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Providers;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

public sealed class VideoJobOrchestratorTests
{
    private static readonly PaymentProof NothingYet = new(PaymentProofState.Undecided);
    private static readonly PaymentProof NeverPaid = new(PaymentProofState.UnpaidForGood);
    private static readonly PaymentProof Paid = new(PaymentProofState.Paid, Transaction);

    [Fact]
    public async Task Run_PaidAndDelivered_EveryStepInOrder()
    {
        var script = new JobScript(PaidJob());

        var status = await script.RunAsync();

        Assert.Equal(
            [
                "PrepareImage", "SettlePayment", "CheckPayment", "job.running", "ProviderAttemptOrchestrator", "record Delivered",
                "job.succeeded",
            ],
            script.Steps);
        Assert.Equal((JobState.Succeeded, MoneyState.Settled, JobOutcome.Delivered), (status.State, status.Money, status.Outcome));
        Assert.Equal((Transaction, Video(), (JobError?)null), (status.Transaction, status.Video, status.Error));
        Assert.NotNull(status.StartedAt);
        Assert.NotNull(status.CompletedAt);
        Assert.Equal(
            [JobState.Queued, JobState.PaymentPending, JobState.Running, JobState.Succeeded],
            script.Statuses.Select(s => s.State).Distinct());
        Assert.Equal(0, script.Context.OpenTimers);
    }

    [Fact]
    public async Task Run_BadImage_EndsUnpaidAndNothingIsSettled()
    {
        var script = new JobScript(PaidJob()).With(c => c.On<PrepareImageInput, PreparedImage>(
            nameof(PrepareImage), _ => new PreparedImage(null, new("too_small", "the image is 8x8"))));

        var status = await script.RunAsync();

        Assert.Equal(["PrepareImage", "record Unpaid", "job.failed"], script.Steps);
        Assert.Equal((JobState.Failed, MoneyState.Unused, JobOutcome.Unpaid), (status.State, status.Money, status.Outcome));
        Assert.Equal(new JobError("image", "too_small", "the image is 8x8"), status.Error);
    }

    [Fact]
    public async Task Run_UnpaidForGood_EndsUnpaidWithTheFacilitatorsCodeAndNoProviderIsAsked()
    {
        var script = new JobScript(PaidJob()).Chain(_ => NeverPaid).With(c => c.On<SettlePaymentInput, SettleReport>(
            nameof(SettlePayment), _ => new SettleReport("insufficient_funds")));

        var status = await script.RunAsync();

        Assert.Equal(["PrepareImage", "SettlePayment", "CheckPayment", "record Unpaid", "job.failed"], script.Steps);
        Assert.Equal((JobState.Failed, MoneyState.Unused, JobOutcome.Unpaid), (status.State, status.Money, status.Outcome));
        Assert.Equal(("payment", "payment_not_settled", "insufficient_funds"), (status.Error!.Stage, status.Error.Code, status.Error.Reason));
    }

    [Fact]
    public async Task Run_AllProvidersFail_RefundIsRecordedBeforeTheBuyerIsTold()
    {
        var script = new JobScript(PaidJob(Lane("fal"), Lane("spare"))).Attempts(_ => Failed(FailureClass.ContentPolicy));

        var status = await script.RunAsync();

        Assert.Equal(["record RefundDue", "StartRefund", "job.failed"], script.Steps.TakeLast(3));
        Assert.Equal((JobState.Failed, MoneyState.Settled, JobOutcome.RefundDue), (status.State, status.Money, status.Outcome));
        Assert.Equal(("provider", "content_policy"), (status.Error!.Stage, status.Error.Code));
        var record = Assert.Single(script.Context.InputsOf<OutcomeRecord>(nameof(RecordOutcome)));
        Assert.Equal(
            (Payment.Authorization.Transfer.From.ToString(), 420_000L, Transaction),
            (record.Payer, record.AmountAtomic, record.Transaction));
    }

    [Fact]
    public async Task Run_Settling_TellsThatTheMoneyMayMoveBeforeItCan()
    {
        MoneyState? atSettle = null;
        var script = new JobScript(PaidJob());
        script.Context.On<SettlePaymentInput, SettleReport>(nameof(SettlePayment), _ =>
        {
            atSettle = script.Statuses.Last().Money;
            return new SettleReport(null);
        });

        await script.RunAsync();

        Assert.Equal(MoneyState.InFlight, atSettle);
    }

    [Fact]
    public async Task Run_ChainNeverSaysAnything_MoneyThatMayHaveMovedIsDueBack()
    {
        var script = new JobScript(PaidJob()).Chain(_ => NothingYet);

        var status = await script.RunAsync();

        Assert.Equal((JobState.Failed, JobOutcome.RefundDue, JobErrors.Internal), (status.State, status.Outcome, status.Error));
        Assert.DoesNotContain(nameof(ProviderAttemptOrchestrator), script.Steps);
        Assert.Equal("job.failed", script.Steps.Last());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_CancelWhileTheImageIsPrepared_NothingIsSettled(bool paid)
    {
        var script = new JobScript(paid ? PaidJob() : ApiKeyJob()).With(c => c
            .On<PrepareImageInput, PreparedImage>(nameof(PrepareImage), _ => c.After(5, Image))
            .EventAt(2, JobEvents.Cancel, "cancel"));

        var status = await script.RunAsync();

        Assert.Equal(["PrepareImage", "record Unpaid", "job.failed"], script.Steps);
        Assert.Equal((JobState.Canceled, JobOutcome.Unpaid, JobErrors.Canceled), (status.State, status.Outcome, status.Error));
    }

    [Fact]
    public async Task Run_CancelWhileSettling_MoneyThatCameIsDueBackAndNoProviderIsAsked()
    {
        var script = new JobScript(PaidJob()).Chain(look => look < 2 ? NothingYet : Paid)
            .With(c => c.EventAt(1.5, JobEvents.Cancel, "cancel"));

        var status = await script.RunAsync();

        Assert.DoesNotContain(nameof(ProviderAttemptOrchestrator), script.Steps);
        Assert.Equal((JobState.Canceled, MoneyState.Settled, JobOutcome.RefundDue), (status.State, status.Money, status.Outcome));
    }

    [Fact]
    public async Task Run_CancelWhileSettlingAndNoMoneyCame_EndsUnpaid()
    {
        var script = new JobScript(PaidJob()).Chain(look => look < 2 ? NothingYet : NeverPaid)
            .With(c => c.EventAt(1.5, JobEvents.Cancel, "cancel"));

        Assert.Equal(JobOutcome.Unpaid, (await script.RunAsync()).Outcome);
    }

    [Fact]
    public async Task Run_CancelDuringTheRace_AttemptIsStoppedAndMoneyIsDueBack()
    {
        var script = new JobScript(PaidJob(Lane("fal"), Lane("spare")));
        script.Attempts(_ => script.Context.After(10, Stopped)).With(c => c.EventAt(3, JobEvents.Cancel, "cancel"));

        var status = await script.RunAsync();

        Assert.Equal((JobState.Canceled, JobOutcome.RefundDue, JobErrors.Canceled), (status.State, status.Outcome, status.Error));
        Assert.Equal([(JobIds.Attempt(JobId, 0), JobEvents.Stop, (object)StopReason.BuyerCanceled)], script.Context.Sent);
        Assert.Single(status.Attempts);
    }

    [Fact]
    public async Task Run_CancelDuringTheRaceButAVideoComes_IsDelivered()
    {
        var script = new JobScript(PaidJob());
        script.Attempts(_ => script.Context.After(10, Delivered())).With(c => c.EventAt(3, JobEvents.Cancel, "cancel"));

        var status = await script.RunAsync();

        Assert.Equal((JobState.Succeeded, JobOutcome.Delivered, (JobError?)null), (status.State, status.Outcome, status.Error));
    }

    [Fact]
    public async Task Run_ImageActivityBreaks_EndsUnpaid()
    {
        var script = new JobScript(PaidJob()).With(c => c.Break(nameof(PrepareImage)));

        var status = await script.RunAsync();

        Assert.Equal((JobState.Failed, JobOutcome.Unpaid, JobErrors.Internal), (status.State, status.Outcome, status.Error));
        Assert.Equal(["PrepareImage", "record Unpaid", "job.failed"], script.Steps);
    }

    [Theory]
    [InlineData(nameof(SettlePayment))]
    [InlineData(nameof(CheckPayment))]
    public async Task Run_ActivityBreaksWhenMoneyMayHaveMoved_RefundIsDue(string activity)
    {
        var script = new JobScript(PaidJob()).With(c => c.Break(activity));

        var status = await script.RunAsync();

        Assert.Equal((JobState.Failed, JobOutcome.RefundDue, JobErrors.Internal), (status.State, status.Outcome, status.Error));
        Assert.Equal(["record RefundDue", "StartRefund", "job.failed"], script.Steps.TakeLast(3));
    }

    [Fact]
    public async Task Run_AttemptBreaks_EndsWithAnInternalErrorAndRefundDue()
    {
        var script = new JobScript(PaidJob()).With(c => c.Break(nameof(ProviderAttemptOrchestrator)));

        var status = await script.RunAsync();

        Assert.Equal((JobState.Failed, JobOutcome.RefundDue, JobErrors.Internal), (status.State, status.Outcome, status.Error));
    }

    [Fact]
    public async Task Run_ActivityBreaksAfterUnpaidForGood_StaysUnpaid()
    {
        var script = new JobScript(PaidJob()).Chain(_ => NeverPaid);
        var tries = 0;
        script.Context.On<OutcomeRecord, OutcomeRecord>(
            nameof(RecordOutcome), record => tries++ == 0 ? throw new InvalidOperationException() : record);

        Assert.Equal(JobOutcome.Unpaid, (await script.RunAsync()).Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_ApiKeyJobWithoutVideo_IsNeverARefund(bool breaks)
    {
        var script = new JobScript(ApiKeyJob()).Attempts(_ => breaks ? throw new InvalidOperationException() : Failed());

        var status = await script.RunAsync();

        Assert.Equal((JobState.Failed, MoneyState.Unused, JobOutcome.Unpaid), (status.State, status.Money, status.Outcome));
        Assert.DoesNotContain(nameof(SettlePayment), script.Steps);
        Assert.Null(Assert.Single(script.Context.InputsOf<OutcomeRecord>(nameof(RecordOutcome))).Payer);
    }

    [Fact]
    public async Task Run_ApiKeyJob_IsDeliveredWithoutAnyPayment()
    {
        var script = new JobScript(ApiKeyJob());

        var status = await script.RunAsync();

        Assert.Equal(
            ["PrepareImage", "job.running", "ProviderAttemptOrchestrator", "record Delivered", "job.succeeded"], script.Steps);
        Assert.Equal((JobState.Succeeded, JobOutcome.Delivered), (status.State, status.Outcome));
    }

    [Fact]
    public async Task Run_NoWebhookUrl_NobodyIsTold()
    {
        var job = PaidJob();
        var script = new JobScript(job with { Request = job.Request with { WebhookUrl = null } });

        await script.RunAsync();

        Assert.Empty(script.Webhooks);
    }

    [Fact]
    public async Task Run_Webhooks_HaveTheStatusOfTheirMomentAndNoTexts()
    {
        var script = new JobScript(PaidJob());

        await script.RunAsync();

        var hooks = script.Context.InputsOf<StartWebhookInput>(nameof(StartWebhook));
        Assert.Equal([JobState.Running, JobState.Succeeded], hooks.Select(h => h.Status.State));
        Assert.Equal([null, Video()], hooks.Select(h => h.Status.Video));
        Assert.All(hooks, h => Assert.Equal(
            ("", "", ""), (h.Job.Request.Prompt, h.Job.Request.NegativePrompt, h.Job.Request.AudioNegativePrompt)));
    }

    [Fact]
    public async Task Run_WebhooksCannotBeStarted_IsDeliveredAllTheSame()
    {
        var script = new JobScript(PaidJob()).With(c => c.Break(nameof(StartWebhook)));

        var status = await script.RunAsync();

        Assert.Equal((JobState.Succeeded, JobOutcome.Delivered), (status.State, status.Outcome));
        Assert.Single(script.Context.InputsOf<OutcomeRecord>(nameof(RecordOutcome)));
    }

    [Fact]
    public async Task Run_WebhookIsHardToStart_HoldsUpNeitherTheProvidersNorTheVideo()
    {
        var script = new JobScript(PaidJob());
        var succeededAt = -1.0;
        script.Attempts(_ => script.Context.After(10, Delivered()));
        script.Context.On<StartWebhookInput, bool>(nameof(StartWebhook), async hook =>
        {
            if (hook.EventType == WebhookEvents.Succeeded) succeededAt = script.Context.SecondsPassed;
            return await script.Context.After(1700, true) ? throw new InvalidOperationException() : false;
        });

        var status = await script.RunAsync();

        Assert.Equal([0], script.Context.TimesOf(nameof(ProviderAttemptOrchestrator)));
        Assert.Equal((JobState.Succeeded, 10), (status.State, succeededAt));
    }

    [Fact]
    public async Task Run_RefundWasRecordedBefore_VideoIsNotToldAsASuccess()
    {
        var error = new JobError("provider", "provider_timeout", "Too late.");
        var script = new JobScript(PaidJob()).Recorded(
            new OutcomeRecord(JobId, JobOutcome.RefundDue, Payments.Samples.Now, null, error, "0x0", 420_000, Transaction));

        var status = await script.RunAsync();

        Assert.Equal((JobState.Failed, JobOutcome.RefundDue, error), (status.State, status.Outcome, status.Error));
        Assert.Null(status.Video);
        Assert.Equal(Video().File, Assert.Single(script.Context.InputsOf<LateVideo>(nameof(DiscardVideo))).Video);
        Assert.Equal(Payments.Samples.Now, status.CompletedAt);
        Assert.Equal(["job.running", "job.failed"], script.Webhooks);
    }

    [Fact]
    public async Task Run_DeliveryWasRecordedBefore_FailureIsToldAsTheDelivery()
    {
        var script = new JobScript(PaidJob()).Attempts(_ => Failed()).Recorded(
            new OutcomeRecord(JobId, JobOutcome.Delivered, Payments.Samples.Now, Video(), null, "0x0", 420_000, Transaction));

        var status = await script.RunAsync();

        Assert.Equal(
            (JobState.Succeeded, JobOutcome.Delivered, Video(), (JobError?)null),
            (status.State, status.Outcome, status.Video, status.Error));
        Assert.Equal(["job.running", "job.succeeded"], script.Webhooks);
    }

    [Fact]
    public async Task Run_LoserEndsLate_BuyerIsToldAtOnceAndTheOutputShowsItsEnd()
    {
        var script = new JobScript(PaidJob(Lane("fal"), Lane("spare", LaneStart.AtOnce)));
        script.Attempts(input => script.Context.After(input.Lane == 0 ? 10 : 300, input.Lane == 0 ? Delivered() : Stopped));

        var status = await script.RunAsync();

        Assert.Equal([0, 10], script.Context.TimesOf(nameof(StartWebhook)));
        Assert.Equal([AttemptState.Delivered, AttemptState.Stopped], status.Attempts.Select(a => a.State));
        Assert.Equal(status, script.Statuses.Last());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Run_LoserBreaksOrDeliversToo_ChangesNothing(int kind)
    {
        var script = new JobScript(PaidJob(Lane("fal"), Lane("spare", LaneStart.AtOnce)));
        script.Attempts(async input =>
        {
            var end = await script.Context.After(input.Lane == 0 ? 10 : 20, Delivered(input.Lane));
            return input.Lane == 1 && kind == 0 ? throw new InvalidOperationException() : end;
        });

        var status = await script.RunAsync();

        Assert.Equal((JobState.Succeeded, JobOutcome.Delivered, Video(0)), (status.State, status.Outcome, status.Video));
        Assert.Equal(["job.running", "job.succeeded"], script.Webhooks);
        Assert.Single(script.Context.InputsOf<OutcomeRecord>(nameof(RecordOutcome)));
    }

    [Fact]
    public async Task Run_WhatMoneyDependsOn_IsTriedForDays()
    {
        var script = new JobScript(PaidJob());

        await script.RunAsync();

        string[] vital = [nameof(SettlePayment), nameof(CheckPayment), nameof(RecordOutcome)];
        Assert.All(script.Context.Calls.Where(c => vital.Contains(c.Name)), c => Assert.Equal(Retries.Persistent, c.Options));
    }
}
