using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;

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
            // :: (1) Prepare the image: fetch or find it, look at it, keep it. Nothing is charged for a bad one.
            var image = await ImagePreparation.RunAsync(context, input);
            if (image.Problem is { } problem)
                return await EndAsync(JobState.Failed, JobOutcome.Unpaid, new JobError("image", problem.Code, problem.Detail));

            // :: (2) Settle, until the chain shows the payment or shows that it can never come.
            if (cancellation.IsCompleted)
                return await EndAsync(JobState.Canceled, JobOutcome.Unpaid, JobErrors.Canceled);
            if (input.Payment is { } payment)
            {
                job.Update(s => s with { State = JobState.PaymentPending, Money = MoneyState.InFlight });
                var settlement = await Settlement.RunAsync(context, input, payment);
                if (settlement.State == PaymentProofState.UnpaidForGood)
                {
                    job.Update(s => s with { Money = MoneyState.Unused });
                    return await EndAsync(JobState.Failed, JobOutcome.Unpaid, JobErrors.Unpaid(settlement.Code));
                }

                // Nobody knows whether it was paid. What did come is owed back; a refund looks at the chain before it pays.
                if (settlement.State == PaymentProofState.Undecided)
                    return await EndAsync(JobState.Failed, JobOutcome.RefundDue, JobErrors.Internal);

                job.Update(s => s with { Money = MoneyState.Settled, Transaction = settlement.Transaction });
            }

            // :: (3) Race the providers: each lane submits, follows and stores; the first stored video wins.
            job.Update(s => s with { State = JobState.Running, StartedAt = context.CurrentUtcDateTime });
            // Not awaited yet: a message that is hard to send must not keep the providers waiting.
            var told = TellAsync(WebhookEvents.Running);
            var race = await ProviderRace.RunAsync(context, input, job, cancellation);

            // :: (4) Record the one outcome before it takes effect. (5) Tell the buyer.
            if (race.Video is { } video) await EndAsync(JobState.Succeeded, JobOutcome.Delivered, error: null, video);
            else await EndAsync(race.Canceled ? JobState.Canceled : JobState.Failed, JobOutcome.RefundDue, race.Error);
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

        async Task<JobStatus> EndAsync(JobState state, JobOutcome outcome, JobError? error, VideoAsset? video = null)
        {
            // An API key's job cost nothing on any chain, so there is nothing to give back.
            if (outcome == JobOutcome.RefundDue && input.Payment is null) outcome = JobOutcome.Unpaid;
            var record = new OutcomeRecord(
                input.JobId, outcome, context.CurrentUtcDateTime, video, error,
                input.Payment?.Authorization.Transfer.From.ToString(), input.PriceAtomic, job.Status.Transaction);
            var recorded = await context.CallActivityAsync<OutcomeRecord>(nameof(RecordOutcome), record, Retries.Persistent);

            if (recorded.Outcome == JobOutcome.RefundDue)
                await context.CallActivityAsync(nameof(StartRefund), JobRefunds.Of(input, recorded.Error), Retries.Persistent);

            // What was recorded first stands, also against a video that came later.
            var delivered = recorded.Outcome == JobOutcome.Delivered;
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

        async Task TellAsync(string eventType)
        {
            if (input.Request.WebhookUrl is null) return;
            var hook = StartWebhookInput.From(input, eventType, context.CurrentUtcDateTime, job.Status);
            try
            {
                await context.CallActivityAsync(nameof(StartWebhook), hook, Retries.Ordinary);
            }
            catch (TaskFailedException)
            {
                // The buyer can read the job all the same; what he paid for does not depend on telling him.
                context.CreateReplaySafeLogger(typeof(VideoJobOrchestrator)).HookNotStarted(input.JobId, eventType);
            }
        }
    }
}
