using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;

namespace OviFunctions.Orchestrations;

/// <summary>How a settlement ended.</summary>
/// <param name="State">What the chain shows; undecided when it said nothing certain in all the time that is spent on asking.</param>
/// <param name="Transaction">The transaction that paid.</param>
/// <param name="Code">The last code that a facilitator gave, for the buyer of an unpaid job.</param>
internal sealed record SettlementEnd(PaymentProofState State, string? Transaction, string? Code);

/// <summary>
/// Settles one authorization (payments.md section 4). A facilitator's answer is never believed: the same payload is
/// settled again, at the same or another facilitator, until the chain shows the transfer, or shows that the
/// authorization can no longer be used.
/// </summary>
internal static class Settlement
{
    /// <summary>With the pauses below: 15 hours. Authorizations live minutes; only a dead RPC endpoint gets there.</summary>
    private const int MaxRounds = 220;

    private const int RoundsPerSettle = 3;

    public static async Task<SettlementEnd> RunAsync(TaskOrchestrationContext context, VideoJobInput job, JobPayment payment)
    {
        string? code = null;
        for (var round = 0; round < MaxRounds; round++)
        {
            if (round % RoundsPerSettle == 0)
            {
                var report = await context.CallActivityAsync<SettleReport>(
                    nameof(SettlePayment), new SettlePaymentInput(job.JobId, job.Model, payment, Attempt: round / RoundsPerSettle), Retries.Persistent);
                code = report.Code ?? code;
            }

            var proof = await context.CallActivityAsync<PaymentProof>(
                nameof(CheckPayment), new CheckPaymentInput(job.JobId, payment), Retries.Persistent);
            if (proof.State != PaymentProofState.Undecided) return new SettlementEnd(proof.State, proof.Transaction, code);
            await context.CreateTimer(Pause(round), CancellationToken.None);
        }

        return new SettlementEnd(PaymentProofState.Undecided, null, code);
    }

    /// <summary>
    /// 1, 2, 3, ... 15 seconds, then a minute, later five: blocks come every 2 seconds, and <c>safe</c> blocks lag by minutes.
    /// </summary>
    internal static TimeSpan Pause(int round) => round switch
    {
        < 15 => TimeSpan.FromSeconds(round + 1),
        < 45 => TimeSpan.FromMinutes(1),
        _ => TimeSpan.FromMinutes(5),
    };
}
