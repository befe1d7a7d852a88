using Microsoft.DurableTask.Client;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Sales;

namespace OviFunctions.Admission;

/// <summary>Orders by API key: the same steps as a paid order, without a payment.</summary>
public sealed class ApiKeyAdmission(
    ApiKeys keys, SalesGates gates, JobCapacity capacity, ApiKeyAllowance allowance, JobClaims claims, JobPlanner planner, JobReader reader)
{
    private static readonly Problem WrongKey = new(401, "unauthorized", "The API key is not known, switched off or expired.",
        "Send a valid key as Authorization: Bearer, or pay with x402.") { RetryAction = RetryAction.Abandon };

    private static readonly Problem KeyNeeded = new(400, "idempotency_key_required", "An Idempotency-Key is needed.",
        "Send a header Idempotency-Key with a value of your choice, one for each order; repeating a request with it never orders twice.")
    {
        RetryAction = RetryAction.Abandon,
    };

    public async Task<AdmissionResult> AdmitAsync(OrderRequest order, string apiKey, DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (keys.Find(apiKey) is not { } key) return new AdmissionResult.Refused(order.Quota.TakeAddress() ?? WrongKey);
        if (order.IdempotencyKey is null && key.RequireIdempotencyKey) return new AdmissionResult.Refused(KeyNeeded);

        var jobId = JobIdentity.ForApiKey(key.Id, order.IdempotencyKey);
        using (await claims.EnterAsync(jobId, cancellationToken))
        {
            // A known order is answered before it is validated: rules may have changed since.
            if (await claims.FindAsync(jobId, cancellationToken) is { } known)
            {
                if (known.Input.Fingerprint != order.Fingerprint) return new AdmissionResult.Refused(JobClaims.OtherRequest("Idempotency-Key"));
                await claims.CarryOnAsync(client, known, order, CancellationToken.None);
                return await AnswerAsync(isFirst: false);
            }

            if (order.Quota.TakeApiKey(key.Id) is { } busy) return new AdmissionResult.Refused(busy);
            var sale = new Sale(order.Model, order.Order, order.PriceAtomic, Payer: null, key.Id);
            if (await gates.WhyClosedAsync(sale, cancellationToken) is { } closed) return new AdmissionResult.Refused(closed with { PaymentState = null });
            if (order.Invalid is { } invalid) return new AdmissionResult.Refused(invalid with { PaymentState = null, RetryAction = RetryAction.Abandon });
            if (await capacity.WhyFullAsync(client, order.Order.Videos, cancellationToken) is { } full) return new AdmissionResult.Refused(full with { PaymentState = null });
            if (await ReserveAsync() is { } spent) return new AdmissionResult.Refused(spent.Problem with { PaymentState = null });
            var input = await planner.PlanAsync(jobId, order, payment: null, key.Id, cancellationToken);
            // From here on, a buyer who hangs up does not undo his order.
            var (claim, isFirst) = await claims.ClaimAsync(input, order, wanted: [], CancellationToken.None);
            if (claim.Input.Fingerprint != order.Fingerprint) return new AdmissionResult.Refused(JobClaims.OtherRequest("Idempotency-Key"));
            await claims.CarryOnAsync(client, claim, order, CancellationToken.None);
            return await AnswerAsync(isFirst);
        }

        async Task<AdmissionResult.Refused?> ReserveAsync()
        {
            // One order of a key at a time in this process; between machines, the key's record decides.
            using var _ = await claims.EnterAsync(JobIdentity.BuyerPrefix(jobId), cancellationToken);
            return await allowance.ReserveAsync(key, jobId, order.PriceAtomic, order.Order.Videos, client, cancellationToken);
        }

        async Task<AdmissionResult> AnswerAsync(bool isFirst)
        {
            var view = await reader.ReadAsync(client, jobId, cancellationToken)
                ?? throw new InvalidOperationException($"Job {jobId} was admitted and cannot be read.");
            return new AdmissionResult.Admitted(view, isFirst, ShowToken: true, order.Order.Warnings);
        }
    }
}
