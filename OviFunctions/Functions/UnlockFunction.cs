using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using OviFunctions.Activities;
using OviFunctions.Admission;
using OviFunctions.Http;
using OviFunctions.Http.RateLimits;
using OviFunctions.Jobs;
using OviFunctions.OnDelivery;
using OviFunctions.Payments.X402;
using OviFunctions.Storage;

namespace OviFunctions.Functions;

/// <summary>Paying for a video that was made and whose payment failed afterwards (on-delivery settlement).</summary>
public sealed class UnlockFunction(OrderEndpoint orders, VideoModels models, JobResources resources, IRecordStore records, RateLimits limits)
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
            return Refuse(request, NotLocked);
        var isLocked = UnlockOrder.IsLocked((await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(id), cancellationToken))?.Value);
        var credential = Credential.Of(request);
        if (credential is Credential.ApiKey) return Refuse(request, PaymentOnly);
        if (credential is Credential.Payment payment)
        {
            if (PaymentHeader.Decode(payment.Version, payment.Header) is PaymentDecoding.Decoded { Payment.Authorization.Transfer.From: var payer }
                && payer != job.Payment!.Authorization.Transfer.From) return Refuse(request, OtherWallet);
        }
        else if (!isLocked)
        {
            return Refuse(request, NotLocked);
        }

        // A repeat of the payment that unlocked it finds its job.
        var order = new UnlockOrder(job, resources.UnlockUrl(id), models[job.Model], isLocked);
        return await orders.OrderAsync(order, request, client, cancellationToken);
    }

    /// <summary>Who is turned away here takes of his address's limit, as who comes to the order does.</summary>
    private IResult Refuse(HttpRequest request, Problem problem)
    {
        var quota = limits.Of(request.HttpContext);
        var busy = quota.TakeAddress();
        quota.WriteTo(request.HttpContext.Response);
        return (busy ?? problem).ToResult();
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
