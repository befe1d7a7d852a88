using OviFunctions.Activities;
using OviFunctions.Jobs.Batches;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Jobs;

/// <summary>What a job's buyer gets back, by the rules that stood when he ordered.</summary>
public static class JobRefunds
{
    /// <summary>The refund of a paid job whose outcome is <see cref="JobOutcome.RefundDue"/>.</summary>
    /// <param name="job">The job; it has a payment.</param>
    /// <param name="error">Why it ended without a video; null when nobody knows.</param>
    /// <param name="batch">What became of its videos, if it is a batch and they were begun: only what was not delivered goes back.</param>
    public static RefundInput Of(VideoJobInput job, JobError? error, BatchResult? batch = null)
    {
        var payment = job.Payment ?? throw new ArgumentException($"Job {job.JobId} was not paid with x402.", nameof(job));
        return new RefundInput
        {
            JobId = job.JobId,
            Network = payment.Network,
            Incoming = payment.Authorization.Transfer,
            AfterBlock = payment.ClaimBlock,
            AmountAtomic = batch?.DueBackAtomic ?? AmountOf(job, error),
            Reason = ReasonOf(error),
        };
    }

    /// <summary>What goes back of the price of one video that was not delivered.</summary>
    /// <param name="job">The job, or a batch's item.</param>
    /// <param name="error">Why there is no video; null when nobody knows.</param>
    public static long AmountOf(VideoJobInput job, JobError? error)
    {
        var percent = ReasonOf(error) switch
        {
            RefundReason.InvalidInput => job.Plan.Refunds?.InvalidInput ?? 100,
            RefundReason.ContentPolicy => job.Plan.Refunds?.ContentPolicy ?? 100,
            _ => 100,
        };
        // In the buyer's favour where it does not come out even.
        return ((job.PriceAtomic * percent) + 99) / 100;
    }

    private static RefundReason ReasonOf(JobError? error) => error switch
    {
        null or { Stage: "internal" } => RefundReason.OurFault,
        { Code: "canceled" } => RefundReason.Canceled,
        { Code: "content_policy" } => RefundReason.ContentPolicy,
        { Code: "invalid_input" } => RefundReason.InvalidInput,
        _ => RefundReason.NotDelivered,
    };
}
