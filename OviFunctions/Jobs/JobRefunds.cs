using OviFunctions.Payments.Refunds;

namespace OviFunctions.Jobs;

/// <summary>What a job's buyer gets back.</summary>
public static class JobRefunds
{
    /// <summary>The refund of a paid job whose outcome is <see cref="JobOutcome.RefundDue"/>.</summary>
    /// <param name="job">The job; it has a payment.</param>
    /// <param name="error">Why it ended without a video; null when nobody knows.</param>
    public static RefundInput Of(VideoJobInput job, JobError? error)
    {
        var payment = job.Payment ?? throw new ArgumentException($"Job {job.JobId} was not paid with x402.", nameof(job));
        return new RefundInput
        {
            JobId = job.JobId,
            Network = payment.Network,
            Incoming = payment.Authorization.Transfer,
            AfterBlock = payment.ClaimBlock,
            AmountAtomic = job.PriceAtomic,
            Reason = ReasonOf(error),
        };
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
