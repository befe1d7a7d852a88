using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Payments.Facilitators;

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
        List<SettleStatement> statements = [];
        for (var round = 0; round < MaxRounds; round++)
        {
            if (round % RoundsPerSettle == 0)
            {
                var settle = new SettlePaymentInput(job.JobId, job.Model, payment, Attempt: round / RoundsPerSettle);
                var report = await context.CallActivityAsync<SettleReport>(nameof(SettlePayment), settle, Retries.Persistent);
                code = report.Code ?? code;
                if (report.Statement is { } statement) statements = [.. statements.Where(earlier => IsKept(earlier, statement, statements)), statement];
            }

            var check = new CheckPaymentInput(job.JobId, payment) { Statements = statements.Count == 0 ? null : [.. statements] };
            var proof = await context.CallActivityAsync<PaymentProof>(nameof(CheckPayment), check, Retries.Persistent);
            if (proof.State != PaymentProofState.Undecided) return new SettlementEnd(proof.State, proof.Transaction, code);
            if (proof.Head is { } head) statements = [.. statements.Select(said => said.Head is null ? said with { Head = head } : said)];
            await context.CreateTimer(Pause(round), CancellationToken.None);
        }

        return new SettlementEnd(PaymentProofState.Undecided, null, code);
    }

    /// <summary>The first word of each facilitator is kept, for it is the first that the chain can refute; and its last.</summary>
    private static bool IsKept(SettleStatement earlier, SettleStatement next, IReadOnlyList<SettleStatement> all) =>
        earlier.Facilitator != next.Facilitator || earlier == all.First(said => said.Facilitator == next.Facilitator);

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
