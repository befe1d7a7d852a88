using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Orchestrations;

/// <summary>
/// Gives a payment back, once (payments.md section 6):
/// <code>
/// (1) prove the payment ──► (2) sign and record ──► (3) settle ──► (4) prove the refund ──► (5) record, and tell the buyer
///      in a safe block            before any use          in turn         in a safe block
///                                      ▲                                       │
///                                      └── only when this one can never pay ◄──┘
/// </code>
/// The instance id follows from the job's. It ends when the money is back, or when it is certain that none came; until then it
/// tries for as long as it takes. What it needs to know is in the job's refund record, so it can begin anew at any time.
/// </summary>
public static class RefundOrchestrator
{
    private const int RoundsPerSettle = 3;

    /// <summary>After this many rounds the instance begins anew, to keep its history short.</summary>
    internal const int MaxRounds = 300;

    private static readonly TimeSpan BlockedPause = TimeSpan.FromHours(6);

    [Function(nameof(RefundOrchestrator))]
    public static async Task<RefundState?> Run([OrchestrationTrigger] TaskOrchestrationContext context, RefundInput refund)
    {
        var wait = new RefundWait(context);

        // :: (1) Prove the payment. Money that did not come cannot go back.
        var incoming = await context.CallActivityAsync<RefundProof>(nameof(ProveIncoming), refund, Retries.Persistent);
        while (incoming.State == RefundProofState.Undecided)
        {
            if (wait.Rounds == MaxRounds) return BeginAnew();
            await wait.PauseAsync();
            incoming = await context.CallActivityAsync<RefundProof>(nameof(ProveIncoming), refund, Retries.Persistent);
        }

        if (incoming.State == RefundProofState.UnpaidForGood)
        {
            await context.CallActivityAsync(nameof(RecordRefund), new RecordRefundInput(refund, incoming), Retries.Persistent);
            return RefundState.NothingCame;
        }

        var spent = 0;
        wait.StartOver();
        while (true)
        {
            if (wait.Rounds == MaxRounds) return BeginAnew();

            // :: (2) Sign and record, before anybody can use it. What is recorded stays the one until it can never pay.
            var sign = await context.CallActivityAsync<SignStep>(nameof(SignRefund), new SignRefundInput(refund, spent), Retries.Persistent);
            if (sign.State != SignState.Ready)
            {
                await wait.PauseAsync(sign.State == SignState.Blocked ? BlockedPause : null);
                continue;
            }

            // :: (3) Settle. No answer of a facilitator is believed.
            var isBlocked = false;
            if (wait.Rounds % RoundsPerSettle == 0)
            {
                var settle = new SettleRefundInput(refund.JobId, Attempt: wait.Rounds / RoundsPerSettle);
                isBlocked = await context.CallActivityAsync<SettleRefundState>(nameof(SettleRefund), settle, Retries.Persistent) == SettleRefundState.Blocked;
            }

            // :: (4) Prove the refund.
            var proof = await context.CallActivityAsync<RefundProof>(nameof(CheckRefund), refund.JobId, Retries.Persistent);
            switch (proof.State)
            {
                case RefundProofState.Paid:
                    // :: (5) Record it, and tell the buyer.
                    await context.CallActivityAsync(nameof(RecordRefund), new RecordRefundInput(refund, proof), Retries.Persistent);
                    await TellAsync();
                    return RefundState.Refunded;
                case RefundProofState.UnpaidForGood:
                    spent = sign.Generation;
                    wait.StartOver();
                    break;
                default:
                    await wait.PauseAsync(isBlocked ? BlockedPause : null);
                    break;
            }
        }

        RefundState? BeginAnew()
        {
            context.ContinueAsNew(refund);
            return null;
        }

        async Task TellAsync()
        {
            try
            {
                await context.CallActivityAsync(nameof(TellRefunded), refund.JobId, Retries.Ordinary);
            }
            catch (TaskFailedException)
            {
                // He has his money and can read the job.
                context.CreateReplaySafeLogger(typeof(RefundOrchestrator)).HookNotStarted(refund.JobId, WebhookEvents.Refunded);
            }
        }
    }
}
