using System.Security.Cryptography;
using System.Text;
using Microsoft.DurableTask.Client;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.Identity;
using OviFunctions.Payments.X402;

namespace OviFunctions.Admission;

/// <summary>
/// Decides about an order that is paid with x402, in the order of payments.md section 2: decode, look up, check,
/// verify, claim, start, wait for the payment's outcome. Nothing durable is written before a facilitator said that the
/// payment is valid, or strangers could fill the store with unsigned claims.
/// </summary>
public sealed class PaymentAdmission(
    OviSettings settings, Till till, FacilitatorPool facilitators, IChainReader chain,
    JobClaims claims, JobPlanner planner, JobReader reader, WrongBodies wrongBodies, RequirementCheck check, TimeProvider clock)
{
    public async Task<AdmissionResult> AdmitAsync(
        OrderRequest order, X402Version version, string header, DurableTaskClient client, CancellationToken cancellationToken)
    {
        // :: (1) Decode strictly. The job id follows from the signed bytes, however they were spelled.
        var decoding = PaymentHeader.Decode(version, header);
        if (decoding is PaymentDecoding.Refused malformed) return Refuse(400, malformed.Problem);
        var payment = ((PaymentDecoding.Decoded)decoding).Payment;
        var requirement = till.Require(order.Model.PriceAtomic);
        if (payment.Network != till.NetworkName(version)) return Refuse(402, check.Check(payment, requirement)!);
        var jobId = PaymentIdentity.JobId(till.Network, payment.Authorization.Transfer.From, payment.Authorization.Transfer.Nonce);

        string carrier;
        bool isFirst;
        using (await claims.EnterAsync(jobId, cancellationToken))
        {
            // :: (2) Look up first: a repeated request works after price changes, stricter rules, expiry.
            if (await claims.FindAsync(jobId, cancellationToken) is { } known)
            {
                if (Mismatch(known, order, payment) is { } mismatch) return new AdmissionResult.Refused(mismatch);
                carrier = await claims.CarryOnAsync(client, known, order, cancellationToken);
                isFirst = false;
            }
            else
            {
                // :: (3) What can be told without asking anybody.
                if (order.Invalid is { } invalid) return new AdmissionResult.Refused(invalid);
                if (check.Check(payment, requirement) is { } wrong) return Refuse(402, wrong);

                // :: (4) Ask the chain and a facilitator. An alias is looked up only now, when the payer is proven.
                using var payer = await claims.EnterAsync(JobIdentity.BuyerPrefix(jobId), cancellationToken);
                var (block, refusal) = await VerifyAsync(order, payment, jobId, requirement, client, cancellationToken);
                if (refusal is not null) return refusal;
                var aliases = Aliases(order, payment);
                foreach (var alias in aliases)
                {
                    if (await claims.FindAliasAsync(alias, cancellationToken) is { } holder && holder != jobId)
                        return await AnswerForAliasAsync(order, holder, client, cancellationToken);
                }

                // :: (5) Claim, store an inline image, start.
                var jobPayment = new JobPayment(
                    version, till.Network, requirement.PayTo, payment.Authorization, payment.Authorization.ContentHash(), requirement.MaxTimeoutSeconds, block);
                var (claim, first) = await claims.ClaimAsync(planner.Plan(jobId, order, jobPayment, apiKeyId: null), order, aliases, cancellationToken);
                if (Mismatch(claim, order, payment) is { } mismatch) return new AdmissionResult.Refused(mismatch);
                carrier = await claims.CarryOnAsync(client, claim, order, cancellationToken);
                isFirst = first && carrier == jobId;
            }
        }

        // :: (6) Wait for the payment's outcome, outside the lock, and answer.
        return await AnswerAsync(order, carrier, isFirst, client, cancellationToken);
    }

    private async Task<(ulong ClaimBlock, AdmissionResult? Refusal)> VerifyAsync(
        OrderRequest order, PaymentPayload payment, string jobId, PaymentRequirement requirement, DurableTaskClient client, CancellationToken cancellationToken)
    {
        var transfer = payment.Authorization.Transfer;
        var token = till.Network.Usdc;
        if (!(await chain.BlockAsync(BlockTag.Latest, cancellationToken)).TryGet(out var head, out _)
            || !(await chain.AuthorizationUsedAsync(token, transfer.From, transfer.Nonce, head.Hash, cancellationToken)).TryGet(out var used, out _)
            || !(await chain.BalanceAsync(token, transfer.From, cancellationToken)).TryGet(out var balance, out _))
            return (0, Unavailable("The chain cannot be read at the moment."));
        if (used) return (0, Refuse(409, PaymentProblem.FromFacilitator("invalid_exact_evm_nonce_already_used")));

        var (count, sum) = await UnsettledPayments.OfBuyerAsync(client, JobIdentity.BuyerPrefix(jobId), cancellationToken);
        if (count >= UnsettledPayments.MostPerPayer)
        {
            return (0, new AdmissionResult.Refused(new Problem(429, "too_many_unsettled_payments", "Earlier payments of this wallet are not settled yet.",
                $"At most {UnsettledPayments.MostPerPayer} payments of a wallet may be unsettled. Wait until they are.")
            {
                RetryAction = RetryAction.WaitAndRetry, PaymentState = PaymentState.Unused, RetryAfterSeconds = 5,
            }));
        }

        if (balance.Value < sum + transfer.Value.Value) return (0, Refuse(402, PaymentProblem.FromFacilitator("insufficient_funds")));
        return await facilitators.VerifyAsync(payment.Authorization, requirement, order.Model.Resource, cancellationToken) switch
        {
            VerifyOutcome.Valid => (head.Number, null),
            VerifyOutcome.Invalid { Code: "invalid_exact_evm_nonce_already_used" } used409 => (0, Refuse(409, PaymentProblem.FromFacilitator(used409.Code))),
            VerifyOutcome.Invalid invalid => (0, Refuse(402, PaymentProblem.FromFacilitator(invalid.Code))),
            _ => (0, Unavailable("No payment facilitator answers at the moment.")),
        };
    }

    /// <summary>The same payment again must come with the same request; what is different is told apart from what is lost.</summary>
    private Problem? Mismatch(Claim known, OrderRequest order, PaymentPayload payment)
    {
        var same = known.Input.Fingerprint == order.Fingerprint
            && known.Input.Payment?.ContentHash == payment.Authorization.ContentHash()
            && known.Aliases.All(Aliases(order, payment).Contains);
        if (same) return null;
        return wrongBodies.IsTooMany(known.Input.JobId)
            ? new Problem(429, "too_many_mismatches", "This payment was tried with too many requests.",
                "The authorization belongs to another request; sign a new one.") { RetryAction = RetryAction.Resign }
            : JobClaims.OtherRequest("payment") with { RetryAction = RetryAction.Resign };
    }

    private async Task<AdmissionResult> AnswerAsync(
        OrderRequest order, string jobId, bool isFirst, DurableTaskClient client, CancellationToken cancellationToken)
    {
        var longest = TimeSpan.FromSeconds(settings.Payments.AnswerWaitSeconds);
        var job = await reader.WaitAsync(client, jobId, s => s.Money == MoneyState.Settled || s.IsFinal, longest, cancellationToken)
            ?? throw new InvalidOperationException($"Job {jobId} was admitted and cannot be read.");
        // Payer, nonce and signature are public on the chain once settled: later, they prove nothing about who asks.
        var validBefore = job.Input.Payment!.Authorization.Transfer.ValidBefore.Value;
        var showToken = isFirst || validBefore > clock.GetUtcNow().ToUnixTimeSeconds();
        return new AdmissionResult.Admitted(job, isFirst, showToken, order.Order.Warnings);
    }

    /// <summary>The payer is proven by a fresh signature, so he gets his earlier job whole; the new authorization is never settled.</summary>
    private async Task<AdmissionResult> AnswerForAliasAsync(
        OrderRequest order, string holder, DurableTaskClient client, CancellationToken cancellationToken)
    {
        var job = await reader.ReadAsync(client, holder, cancellationToken)
            ?? throw new InvalidOperationException($"Job {holder} has an alias and cannot be read.");
        return job.Input.Fingerprint == order.Fingerprint
            ? new AdmissionResult.Admitted(job, IsFirst: false, ShowToken: true, order.Order.Warnings)
            : new AdmissionResult.Refused(JobClaims.OtherRequest("Idempotency-Key or payment-identifier"));
    }

    /// <summary>Aliases are bound to the payer, so that nobody can take or read another's.</summary>
    private static List<string> Aliases(OrderRequest order, PaymentPayload payment)
    {
        var aliases = new List<string>();
        if (order.IdempotencyKey is { } key) aliases.Add(Alias("idempotency-key", key));
        if (payment.PaymentIdentifier is { } id) aliases.Add(Alias("payment-identifier", id));
        return aliases;

        string Alias(string kind, string value) => Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"ovi-alias-v1|{payment.Authorization.Transfer.From}|{kind}|{value}")));
    }

    private static AdmissionResult.Refused Refuse(int status, PaymentProblem problem) => new(
        new Problem(status, problem.Code, "The payment was not taken.", problem.Detail)
        {
            RetryAction = problem.Code == PaymentProblemCodes.InsufficientBalance ? RetryAction.RetrySamePayment : RetryAction.Resign,
            PaymentState = PaymentState.Unused,
        }, problem.X402Reason);

    private static AdmissionResult.Refused Unavailable(string detail) => new(
        new Problem(503, "payments_unavailable", "Payments cannot be checked at the moment; nothing was charged.", detail)
        {
            RetryAction = RetryAction.RetrySamePayment, PaymentState = PaymentState.Unused, RetryAfterSeconds = 5,
        });
}
