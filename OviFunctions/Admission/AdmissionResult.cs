using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.X402;

namespace OviFunctions.Admission;

/// <summary>What becomes of an order.</summary>
public abstract record AdmissionResult
{
    private AdmissionResult() { }

    /// <summary>There is a job for it, new or known.</summary>
    /// <param name="Job">The job as it stands.</param>
    /// <param name="IsFirst">Whether this request made it: only then is the webhook secret shown.</param>
    /// <param name="ShowToken">Whether the job token, and what the job holds, may be shown.</param>
    /// <param name="Warnings">What the buyer should know.</param>
    public sealed record Admitted(JobView Job, bool IsFirst, bool ShowToken, IReadOnlyList<string> Warnings) : AdmissionResult;

    /// <summary>There is no job for it, and this request's payment was not used.</summary>
    /// <param name="Problem">Why, and what to do.</param>
    /// <param name="X402Reason">The code that x402 clients are told.</param>
    /// <param name="Receipt">What became of the payment; null when the refusal is not about one that could be read.</param>
    public sealed record Refused(Problem Problem, string? X402Reason = null, PaymentReceipt? Receipt = null) : AdmissionResult;
}
