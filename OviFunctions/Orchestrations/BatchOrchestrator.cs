using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;

namespace OviFunctions.Orchestrations;

/// <summary>
/// Several videos for one payment, from the first look at the images to the buyer's webhook:
/// <code>
/// (1) prepare all images ──► (2) settle the payment ──► (3) make each video ──► (4) record the outcome ──► (5) tell the buyer
///      nothing is charged         once, for all of          an orchestration        the sum of the items';     webhook
///      when one is bad            them                      of its own each         the rest goes back
/// </code>
/// The instance id is the job id. What the items are is in a record, and each has its own outcome: nothing here grows with their
/// texts. The custom status is a <see cref="JobStatus"/>; the output is the last one.
/// </summary>
public static class BatchOrchestrator
{
    [Function(nameof(BatchOrchestrator))]
    public static async Task<JobStatus> Run([OrchestrationTrigger] TaskOrchestrationContext context, VideoJobInput input)
    {
        var job = new JobProgress(context);
        var cancellation = context.WaitForExternalEvent<string>(JobEvents.Cancel);
        string[] items = [.. Enumerable.Range(0, input.Items!.Value).Select(index => JobIdentity.Item(input.JobId, index))];
        try
        {
            // :: (1) Prepare all images. One that is bad ends the batch: nothing is charged yet, and the buyer can mend it.
            var images = await Task.WhenAll(items.Select(item => ImagePreparation.RunAsync(context, item)));
            for (var i = 0; i < images.Length; i++)
            {
                if (images[i].Problem is { } problem)
                    return await EndAsync(JobState.Failed, JobOutcome.Unpaid, new JobError("image", problem.Code, $"Item {i}: {problem.Detail}") { Item = i });
            }

            // :: (2) Settle once, until the chain shows the payment or shows that it can never come.
            if (cancellation.IsCompleted) return await EndAsync(JobState.Canceled, JobOutcome.Unpaid, JobErrors.Canceled);
            if (input.Payment is { } payment && await SettleAsync(payment) is { } unpaid) return unpaid;

            // :: (3) Make each video; one that fails takes none of the others with it.
            job.Update(s => s with { State = JobState.Running, StartedAt = context.CurrentUtcDateTime });
            var told = TellAsync(WebhookEvents.Running);
            var canceled = cancellation.IsCompleted;
            if (!canceled) await MakeAsync();

            // :: (4) Record the sum of the items' outcomes before it takes effect. (5) Tell the buyer.
            await CloseAsync(canceled ? JobErrors.Canceled : JobErrors.Internal);
            await told;
            return job.Status;
        }
        catch (TaskFailedException e)
        {
            // Our own machinery failed for longer than its retries last. What was delivered is the buyer's; the rest is owed back.
            context.CreateReplaySafeLogger(typeof(BatchOrchestrator)).JobBroke(input.JobId, e.TaskName);
            if (job.Status.StartedAt is not null) return await CloseAsync(JobErrors.Internal);
            return await EndAsync(JobState.Failed, job.Status.Money == MoneyState.Unused ? JobOutcome.Unpaid : JobOutcome.RefundDue, JobErrors.Internal);
        }

        // The end of the batch when it was not paid; null when it was.
        async Task<JobStatus?> SettleAsync(JobPayment payment)
        {
            job.Update(s => s with { State = JobState.PaymentPending, Money = MoneyState.InFlight });
            var settlement = await Settlement.RunAsync(context, input, payment);
            switch (settlement.State)
            {
                case PaymentProofState.UnpaidForGood:
                    job.Update(s => s with { Money = MoneyState.Unused });
                    return await EndAsync(JobState.Failed, JobOutcome.Unpaid, JobErrors.Unpaid(settlement.Code));
                case PaymentProofState.Undecided:
                    // Nobody knows whether it was paid. A refund looks at the chain before it pays.
                    return await EndAsync(JobState.Failed, JobOutcome.RefundDue, JobErrors.Internal);
                default:
                    job.Update(s => s with { Money = MoneyState.Settled, Transaction = settlement.Transaction });
                    return null;
            }
        }

        async Task MakeAsync()
        {
            var started = context.CurrentUtcDateTime;
            var running = items.ToDictionary(item => item, item => MakeItemAsync(item));
            var all = Task.WhenAll(running.Values);
            await Task.WhenAny(all, cancellation);
            if (!all.IsCompleted)
            {
                await context.AfterStartAsync(started);
                foreach (var item in items.Where(item => !running[item].IsCompleted)) context.SendEvent(item, JobEvents.Cancel, "cancel");
            }

            await all;
        }

        async Task MakeItemAsync(string item)
        {
            try
            {
                await context.CallSubOrchestratorAsync<JobOutcome>(nameof(BatchItemOrchestrator), item, new TaskOptions().WithInstanceId(item));
            }
            catch (TaskFailedException e)
            {
                // What it recorded stands; if it recorded nothing, it is not delivered.
                context.CreateReplaySafeLogger(typeof(BatchOrchestrator)).JobBroke(item, e.TaskName);
            }
        }

        async Task<JobStatus> CloseAsync(JobError undelivered)
        {
            var close = new CloseBatchInput(input, context.CurrentUtcDateTime, undelivered, job.Status.Transaction);
            return await FinishAsync(await context.CallActivityAsync<OutcomeRecord>(nameof(CloseBatch), close, Retries.Persistent), JobState.Failed);
        }

        async Task<JobStatus> EndAsync(JobState state, JobOutcome outcome, JobError error)
        {
            var record = new OutcomeRecord(
                input.JobId, outcome, context.CurrentUtcDateTime, Video: null, error,
                input.Payment?.Authorization.Transfer.From.ToString(), input.PriceAtomic, job.Status.Transaction);
            return await FinishAsync(await context.CallActivityAsync<OutcomeRecord>(nameof(RecordOutcome), record, Retries.Persistent), state);
        }

        async Task<JobStatus> FinishAsync(OutcomeRecord recorded, JobState without)
        {
            if (recorded.Outcome == JobOutcome.RefundDue)
                await context.CallActivityAsync(nameof(StartRefund), JobRefunds.Of(input, recorded.Error, recorded.Batch), Retries.Persistent);

            var isCanceled = recorded.Error?.Code == JobErrors.Canceled.Code;
            job.Update(s => s with
            {
                State = recorded.Batch is { Delivered: > 0 } ? JobState.Succeeded : isCanceled ? JobState.Canceled : without,
                Outcome = recorded.Outcome,
                Batch = recorded.Batch,
                Error = recorded.Error,
                CompletedAt = recorded.At,
            });
            await TellAsync(job.Status.State == JobState.Succeeded ? WebhookEvents.Succeeded : WebhookEvents.Failed);
            return job.Status;
        }

        Task TellAsync(string eventType) => BuyerNotice.TellAsync(context, input, job.Status, eventType);
    }
}
