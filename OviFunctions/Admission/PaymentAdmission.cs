using System.Security.Cryptography;
using System.Text;
using Microsoft.DurableTask.Client;
using OviFunctions.Configuration;
using OviFunctions.Crypto;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.OnDelivery;
using OviFunctions.Payments;
using OviFunctions.Payments.Identity;
using OviFunctions.Payments.Refunds;
using OviFunctions.Payments.X402;
using OviFunctions.Routing;
using OviFunctions.Sales;

namespace OviFunctions.Admission;

/// <summary>
/// Decides about an order that is paid with x402, in the order of payments.md section 2: decode, look up, check,
/// verify, claim, start, wait for the payment's outcome. Nothing durable is written before a facilitator said that the
/// payment is valid, or strangers could fill the store with unsigned claims.
/// </summary>
/// <remarks>Without <paramref name="verification"/> payments are off: only those that were admitted before find their job.</remarks>
public sealed class PaymentAdmission(
    OviSettings settings, SalesGates gates, JobClaims claims, JobPlanner planner, JobReader reader, WrongBodies wrongBodies, RequirementCheck check,
    OnDeliveryTerms onDelivery, TimeProvider clock, JobCapacity capacity, UnsettledPayments unsettled, OrderRoutes routes, PaymentVerification? verification = null)
{
    private static readonly AdmissionResult.Refused NotSelling = new(
        new Problem(400, "payments_off", "This gateway takes no x402 payments.", "Order with an API key: Authorization: Bearer.")
        {
            PaymentState = PaymentState.Unused, RetryAction = RetryAction.Abandon,
        });

    public async Task<AdmissionResult> AdmitAsync(
        OrderRequest order, X402Version version, string header, DurableTaskClient client, CancellationToken cancellationToken)
    {
        // :: (1) Decode strictly. The job id follows from the signed bytes, however they were spelled.
        var decoding = PaymentHeader.Decode(version, header);
        if (decoding is PaymentDecoding.Refused malformed)
            return Limited(order) ?? (verification is null ? NotSelling : PaymentVerification.Refuse(400, malformed.Problem));
        var payment = ((PaymentDecoding.Decoded)decoding).Payment;
        if (PaymentIdentity.JobId(payment) is not { } jobId)
        {
            return Limited(order) ?? (verification is null ? NotSelling
                : WithReceipt(PaymentVerification.Refuse(402, check.Check(payment, verification.Till.Require(order.PriceAtomic))!), payment));
        }

        Placement placed;
        using (await claims.EnterAsync(jobId, cancellationToken))
        {
            // :: (2) Look up first: a repeated request works after price changes, stricter rules, expiry, and when sales have ended.
            placed = await claims.FindAsync(jobId, cancellationToken) is { } known
                ? await FollowAsync(known, isFirst: false, order, payment, client)
                : await PlaceAsync(order, payment, jobId, client, cancellationToken);
        }

        // :: (6) Wait for the payment's outcome, outside the lock, and answer.
        if (placed.Refusal is { } refusal) return WithReceipt(refusal, payment);
        return placed.Carrier == jobId
            ? await AnswerAsync(order, jobId, placed.IsFirst, isAlias: false, client, cancellationToken)
            : await AnswerForAliasAsync(order, placed.Carrier!, client, cancellationToken);
    }

    /// <summary>A payment that is not known yet.</summary>
    private async Task<Placement> PlaceAsync(
        OrderRequest order, PaymentPayload payment, string jobId, DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (Limited(order) is { } busy) return new Placement(busy);
        if (verification is null) return new Placement(NotSelling);
        var till = verification.Till;
        var requirement = till.Require(order.PriceAtomic);

        // A plain wallet's signature proves the payer, and that of a payment to us that can still be used is on no chain. An earlier
        // order of his is looked up first too (2): before anybody asks whether there is anything to sell, or looks into his wallet,
        // which that order may have emptied. Smart wallets are proven only by a facilitator.
        var wrong = check.Check(payment, requirement);
        var aliases = Aliases(order, payment);
        var isProven = wrong is null && payment.Authorization.SignatureBytes().Length == Secp256k1.SignatureSize;
        if (isProven && await claims.FindHolderAsync(aliases, cancellationToken) is { } holder) return new Placement(holder);

        // :: (3) What can be told without asking anybody else.
        var sale = new Sale(order.Model, order.Order, order.PriceAtomic, payment.Authorization.Transfer.From, ApiKeyId: null);
        if (await gates.WhyClosedAsync(sale, cancellationToken) is { } closed) return new Placement(new AdmissionResult.Refused(closed));
        if (order.Invalid is { } invalid) return new Placement(new AdmissionResult.Refused(invalid));
        if (wrong is not null) return new Placement(PaymentVerification.Refuse(402, wrong));
        if (isProven && LimitedPayer() is { } often) return new Placement(often);
        if (await capacity.WhyFullAsync(client, order.Order.Videos, cancellationToken) is { } full) return new Placement(new AdmissionResult.Refused(full));

        // :: (4) Ask the chain and a facilitator. Then the payer is proven, and a stranger cannot keep him waiting at his lock.
        var (block, verifiedBy, refusal) = await verification.VerifyAsync(payment, requirement, order.Model.Resource, cancellationToken);
        // That took a while, in which the last account may have gone out.
        if (refusal is null && await routes.WhyNoneAsync(order.Model, order.Order, cancellationToken) is { } left) refusal = new AdmissionResult.Refused(left);
        if (refusal is null)
        {
            // One order of a payer at a time in this process; between machines, the slots in his record decide.
            using var payer = await claims.EnterAsync(JobIdentity.BuyerPrefix(jobId), cancellationToken);
            if (await claims.FindHolderAsync(aliases, cancellationToken) is { } earlier) return new Placement(earlier);
            if (!isProven && LimitedPayer() is { } tooOften) return new Placement(tooOften);
            (var isSlotOurs, refusal) = await unsettled.ReserveAsync(verification, payment.Authorization.Transfer, jobId, client, cancellationToken);
            // Another machine may have taken the slot for this very payment, and be about to claim it.
            if (refusal is null && (refusal = await verification.HoldRefundAsync(jobId, payment, cancellationToken)) is not null && isSlotOurs)
                await unsettled.FreeAsync(payment.Authorization.Transfer.From, jobId, CancellationToken.None);
            if (refusal is null)
            {
                // :: (5) Claim, store an inline image, start. A buyer who hangs up now does not undo it.
                var jobPayment = new JobPayment(payment.Version, till.Network, requirement.PayTo, payment.Authorization,
                    payment.Authorization.ContentHash(), requirement.MaxTimeoutSeconds, block) { VerifiedBy = verifiedBy };
                var plan = await planner.PlanAsync(jobId, order, jobPayment, apiKeyId: null, cancellationToken);
                var input = await onDelivery.ApplyAsync(plan, cancellationToken);
                var (claim, isFirst) = await claims.ClaimAsync(input, order, aliases, CancellationToken.None);
                var placed = await FollowAsync(claim, isFirst, order, payment, client);
                if (placed.Carrier is { } carrier && carrier != jobId)
                    await unsettled.FreeAsync(payment.Authorization.Transfer.From, jobId, CancellationToken.None);
                return placed;
            }
        }

        // Another machine may have admitted this very payment since (2); then that is why it looks used, or too much.
        return await claims.FindAsync(jobId, cancellationToken) is { } late
            ? await FollowAsync(late, isFirst: false, order, payment, client)
            : new Placement(refusal);

        AdmissionResult.Refused? LimitedPayer() =>
            order.Quota.TakePayer(payment.Authorization.Transfer.From) is { } problem ? new AdmissionResult.Refused(problem) : null;
    }

    /// <summary>Counts a payment that is not known; those that are may be asked for without end.</summary>
    private static AdmissionResult.Refused? Limited(OrderRequest order) =>
        order.Quota.TakeAddress() is { } problem ? new AdmissionResult.Refused(problem) : null;

    /// <summary>A claim that stands: the same payment must come with the same request; then it is carried on.</summary>
    private async Task<Placement> FollowAsync(Claim claim, bool isFirst, OrderRequest order, PaymentPayload payment, DurableTaskClient client) =>
        Mismatch(claim, order, payment) is { } mismatch
            ? new Placement(new AdmissionResult.Refused(
                mismatch with { PaymentState = StateOf(await reader.ReadAsync(client, claim.Input.JobId, CancellationToken.None)) }))
            : new Placement(await claims.CarryOnAsync(client, claim, order, CancellationToken.None), isFirst);

    /// <summary>What is different is told apart from what is lost.</summary>
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

    /// <summary>What became of a payment that has a claim: who sends it with another request should know before he signs a new one.</summary>
    private static PaymentState StateOf(JobView? job) => job switch
    {
        { Refund.State: RefundState.Refunded } => PaymentState.Refunded,
        { Status.Money: MoneyState.Settled } => PaymentState.Settled,
        { Status: { IsFinal: true, Money: MoneyState.Unused } } => PaymentState.Unused,
        _ => PaymentState.InFlight,
    };

    private async Task<AdmissionResult> AnswerAsync(
        OrderRequest order, string jobId, bool isFirst, bool isAlias, DurableTaskClient client, CancellationToken cancellationToken)
    {
        var longest = TimeSpan.FromSeconds(settings.Payments.AnswerWaitSeconds);
        var job = await reader.WaitAsync(client, jobId, s => s.Money is MoneyState.Settled or MoneyState.OnDelivery || s.IsFinal, longest, cancellationToken)
            ?? throw new InvalidOperationException($"Job {jobId} was admitted and cannot be read.");
        // Payer, nonce and signature are public on the chain once settled: later, they prove nothing about who asks.
        var validBefore = job.Input.Payment!.Authorization.Transfer.ValidBefore.Value;
        var showToken = isFirst || isAlias || validBefore > clock.GetUtcNow().ToUnixTimeSeconds();
        return new AdmissionResult.Admitted(job, isFirst, showToken, order.Order.Warnings);
    }

    /// <summary>
    /// The payer is proven by a signature that is on no chain, so he gets his earlier job whole; the new authorization is
    /// never settled. What a crash left undone of the earlier order is done now.
    /// </summary>
    private async Task<AdmissionResult> AnswerForAliasAsync(
        OrderRequest order, string holder, DurableTaskClient client, CancellationToken cancellationToken)
    {
        while (true)
        {
            var claim = await claims.FindAsync(holder, cancellationToken)
                ?? throw new InvalidOperationException($"Job {holder} has an alias and no claim.");
            if (claim.Input.Fingerprint != order.Fingerprint)
                return new AdmissionResult.Refused(JobClaims.OtherRequest("Idempotency-Key or payment-identifier"));
            var carrier = await claims.CarryOnAsync(client, claim, order, CancellationToken.None);
            if (carrier == holder) return await AnswerAsync(order, holder, isFirst: false, isAlias: true, client, cancellationToken);
            // The holder was superseded itself: of its aliases, another belonged to a still earlier job.
            holder = carrier;
        }
    }

    /// <summary>A payment that was refused has a receipt that says so, beside the quote.</summary>
    private AdmissionResult.Refused WithReceipt(AdmissionResult.Refused refusal, PaymentPayload payment) => refusal.Problem.Status == 402
        ? refusal with { Receipt = PaymentReceipt.Failed(verification!.Till.Network, payment.Authorization.Transfer.From, refusal.X402Reason!) }
        : refusal;

    /// <summary>Aliases are bound to the payer, so that nobody can take or read another's.</summary>
    private static List<string> Aliases(OrderRequest order, PaymentPayload payment)
    {
        var aliases = new List<string>();
        if (order.IdempotencyKey is { } key) aliases.Add(Alias("idempotency-key", key));
        if (payment.PaymentIdentifier is { } id) aliases.Add(Alias("payment-identifier", id));
        if (order.Order.Unlocks is { } locked) aliases.Add(Alias("unlock", locked));
        return aliases;

        string Alias(string kind, string value) => Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"ovi-alias-v1|{payment.Authorization.Transfer.From}|{kind}|{value}")));
    }

    /// <summary>Where a payment came to: the job that carries out its order, or a refusal.</summary>
    private sealed record Placement(string? Carrier, bool IsFirst = false, AdmissionResult.Refused? Refusal = null)
    {
        public Placement(AdmissionResult.Refused? refusal) : this(Carrier: null, IsFirst: false, refusal) { }
    }
}
