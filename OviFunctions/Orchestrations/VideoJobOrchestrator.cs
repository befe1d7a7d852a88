using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.OnDelivery;

namespace OviFunctions.Orchestrations;

/// <summary>
/// One paid video, from the first look at the image to the buyer's webhook:
/// <code>
/// (1) prepare the image ──► (2) settle the payment ──► (3) race the providers ──► (4) record the outcome ──► (5) tell the buyer
///      nothing is charged        the chain decides          the first good video         delivered, or             webhook
///      for a bad image           if it was paid             wins, and is stored          the refund starts
/// </code>
/// The instance id is the job id. The custom status is a <see cref="JobStatus"/>; the output is the last one.
/// </summary>
public static class VideoJobOrchestrator
{
    [Function(nameof(VideoJobOrchestrator))]
    public static async Task<JobStatus> Run([OrchestrationTrigger] TaskOrchestrationContext context, VideoJobInput input)
    {
        var job = new JobProgress(context);
        var cancellation = context.WaitForExternalEvent<string>(JobEvents.Cancel);
        try
        {
            // An unlock: the video is there, only its money is missing.
            if (input is { Unlocks: { } locked, Payment: { } price }) return await UnlockAsync(locked, price);

            // :: (1) Prepare the image: fetch or find it, look at it, keep it. Nothing is charged for a bad one.
            var image = await ImagePreparation.RunAsync(context, input);
            if (image.Problem is { } problem)
                return await EndAsync(JobState.Failed, JobOutcome.Unpaid, new JobError("image", problem.Code, problem.Detail));

            // :: (2) Settle, until the chain shows the payment or shows that it can never come.
            if (cancellation.IsCompleted)
                return await EndAsync(JobState.Canceled, JobOutcome.Unpaid, JobErrors.Canceled);
            var onDelivery = input.Plan.SettleOnDelivery ? input.Payment : null;
            if (onDelivery is not null) job.Update(s => s with { Money = MoneyState.OnDelivery });
            else if (input.Payment is { } payment && await SettleAsync(payment) is { } unpaid) return unpaid;

            // :: (3) Race the providers: each lane submits, follows and stores; the first stored video wins.
            job.Update(s => s with { State = JobState.Running, StartedAt = context.CurrentUtcDateTime });
            // Not awaited yet: a message that is hard to send must not keep the providers waiting.
            var told = TellAsync(WebhookEvents.Running);
            var race = await ProviderRace.RunAsync(context, input, job, cancellation);
            if (race.Video is { } made) race = race with { Video = await VideoFinish.RunAsync(context, input.JobId, input.Plan, input.Request, made) };

            // :: (4) Record the one outcome before it takes effect. (5) Tell the buyer.
            // What was made on trust is paid first; without the money it stays locked.
            var isLocked = race.Video is not null && onDelivery is not null && await SettleAsync(onDelivery, race.Video) is not null;
            if (race.Video is { } video && !isLocked) await EndAsync(JobState.Succeeded, JobOutcome.Delivered, error: null, video);
            else if (!isLocked) await EndAsync(race.Canceled ? JobState.Canceled : JobState.Failed, JobOutcome.RefundDue, race.Error);
            await race.Losers;
            await told;
            return job.Status;
        }
        catch (TaskFailedException e)
        {
            // Our own machinery failed for longer than its retries last. A payment that may have moved is owed back.
            context.CreateReplaySafeLogger(typeof(VideoJobOrchestrator)).JobBroke(input.JobId, e.TaskName);
            var outcome = job.Status.Money == MoneyState.Unused ? JobOutcome.Unpaid : JobOutcome.RefundDue;
            return await EndAsync(JobState.Failed, outcome, JobErrors.Internal);
        }

        // The end of the job when it was not paid; null when it was.
        async Task<JobStatus?> SettleAsync(JobPayment payment, VideoAsset? made = null)
        {
            job.Update(s => s with { State = JobState.PaymentPending, Money = MoneyState.InFlight });
            var settlement = await Settlement.RunAsync(context, input, payment);
            if (settlement.State == PaymentProofState.UnpaidForGood)
            {
                job.Update(s => s with { Money = MoneyState.Unused });
                return await EndAsync(JobState.Failed, JobOutcome.Unpaid, made is null ? JobErrors.Unpaid(settlement.Code) : JobErrors.Locked, made);
            }

            // Nobody knows whether it was paid. What did come is owed back; a refund looks at the chain before it pays.
            if (settlement.State == PaymentProofState.Undecided)
                return await EndAsync(JobState.Failed, JobOutcome.RefundDue, JobErrors.Internal);

            job.Update(s => s with { Money = MoneyState.Settled, Transaction = settlement.Transaction });
            return null;
        }

        async Task<JobStatus> UnlockAsync(string locked, JobPayment payment)
        {
            if (await SettleAsync(payment) is { } unpaid) return unpaid;
            var video = await context.CallActivityAsync<VideoAsset?>(nameof(FindLockedVideo), locked, Retries.Persistent);
            if (video is null) return await EndAsync(JobState.Failed, JobOutcome.RefundDue, JobErrors.Internal);
            await EndAsync(JobState.Succeeded, JobOutcome.Delivered, error: null, video);
            var release = new ReleaseVideoInput(locked, payment.Authorization.Transfer.From, job.Status.Transaction!);
            if (job.Status.Outcome == JobOutcome.Delivered) await context.CallActivityAsync(nameof(ReleaseVideo), release, Retries.Persistent);
            return job.Status;
        }

        async Task<JobStatus> EndAsync(JobState state, JobOutcome outcome, JobError? error, VideoAsset? video = null)
        {
            // An API key's job cost nothing on any chain, and one that was to be settled on delivery nothing yet: there is nothing to give back.
            if (outcome == JobOutcome.RefundDue && (input.Payment is null || job.Status.Money == MoneyState.OnDelivery)) outcome = JobOutcome.Unpaid;
            if (job.Status.Money == MoneyState.OnDelivery) job.Update(s => s with { Money = MoneyState.Unused });
            var record = new OutcomeRecord(
                input.JobId, outcome, context.CurrentUtcDateTime, video, error,
                input.Payment?.Authorization.Transfer.From.ToString(), input.PriceAtomic, job.Status.Transaction);
            var recorded = await context.CallActivityAsync<OutcomeRecord>(nameof(RecordOutcome), record, Retries.Persistent);

            if (recorded.Outcome == JobOutcome.RefundDue)
                await context.CallActivityAsync(nameof(StartRefund), JobRefunds.Of(input, recorded.Error), Retries.Persistent);

            if (input is { Plan.SettleOnDelivery: true, Payment.Authorization.Transfer.From: var payer })
            {
                var isOwed = UnlockOrder.IsLocked(recorded);
                await context.CallActivityAsync(nameof(CloseDelivery), new CloseDeliveryInput(input.JobId, payer, isOwed), Retries.Persistent);
            }

            // What was recorded first stands, also against a video that came later.
            var delivered = recorded.Outcome == JobOutcome.Delivered;
            // A locked video stays; so does an unlock's, which is another job's.
            if (!delivered && video is not null && recorded.Video is null && input.Unlocks is null)
                await context.CallActivityAsync(nameof(DiscardVideo), LateVideo.Of(input.JobId, video, context.CurrentUtcDateTime), Retries.Ordinary);
            job.Update(s => s with
            {
                State = delivered ? JobState.Succeeded : state == JobState.Succeeded ? JobState.Failed : state,
                Outcome = recorded.Outcome,
                Video = recorded.Video,
                Error = delivered ? null : recorded.Error ?? error ?? JobErrors.Internal,
                CompletedAt = recorded.At,
            });
            await TellAsync(job.Status.State == JobState.Succeeded ? WebhookEvents.Succeeded : WebhookEvents.Failed);
            return job.Status;
        }

        Task TellAsync(string eventType) => BuyerNotice.TellAsync(context, input, job.Status, eventType);
    }
}
