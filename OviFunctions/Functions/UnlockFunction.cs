using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Activities;
using OviFunctions.Admission;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.OnDelivery;
using OviFunctions.Payments.X402;
using OviFunctions.Storage;

namespace OviFunctions.Functions;

/// <summary>Paying for a video that was made and whose payment failed afterwards (on-delivery settlement).</summary>
public sealed class UnlockFunction(OrderEndpoint orders, VideoModels models, JobResources resources, IRecordStore records)
{
    /// <summary>
    /// <c>POST /v1/videos/jobs/{id}/unlock</c> with the body <c>{}</c>: 402 with a quote; with a new payment of the same wallet 202,
    /// as for an order. When that job has succeeded, so has the one it unlocks.
    /// </summary>
    [Function("UnlockJob")]
    public async Task<IResult> UnlockAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/videos/jobs/{id}/unlock")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        CrossOrigin.Allow(request.HttpContext.Response);
        if (!JobIdentity.IsJobId(id) || (await records.ReadAsync<Claim>(RecordNames.Claim(id), cancellationToken))?.Value.Input is not { Plan.SettleOnDelivery: true } job)
            return NotLocked.ToResult();
        var credential = Credential.Of(request);
        if (credential is Credential.ApiKey) return PaymentOnly.ToResult();
        if (credential is Credential.Payment payment)
        {
            // A repeat of the payment that unlocked it finds its job.
            if (PaymentHeader.Decode(payment.Version, payment.Header) is PaymentDecoding.Decoded { Payment.Authorization.Transfer.From: var payer }
                && payer != job.Payment!.Authorization.Transfer.From) return OtherWallet.ToResult();
        }
        else if (!UnlockOrder.IsLocked((await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(id), cancellationToken))?.Value))
        {
            return NotLocked.ToResult();
        }

        return await orders.OrderAsync(new UnlockOrder(job, resources.UnlockUrl(id), models[job.Model]), request, client, cancellationToken);
    }

    private static Problem NotLocked { get; } = new(404, "not_locked", "There is nothing to unlock.",
        "The job does not exist, or its video is not waiting for a payment. Its status says more: GET /v1/videos/jobs/{id}.")
    {
        RetryAction = RetryAction.Abandon, PaymentState = PaymentState.Unused,
    };

    private static Problem PaymentOnly { get; } = new(400, "payment_needed", "A video is unlocked by an x402 payment.",
        $"Send {X402Headers.PaymentV2} or {X402Headers.PaymentV1} alone, without Authorization.") { RetryAction = RetryAction.Abandon };

    private static Problem OtherWallet { get; } = new(403, "other_wallet", "Another wallet ordered this video.",
        "The wallet that signed the order pays for its release. Nothing was charged.") { RetryAction = RetryAction.Resign, PaymentState = PaymentState.Unused };
}
