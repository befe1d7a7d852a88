using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using OviFunctions.Http;
using OviFunctions.Http.RateLimits;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Payments.Refunds;
using OviFunctions.Payments.X402;
using OviFunctions.Routing;
using OviFunctions.Secrets;
using OviFunctions.Storage;

namespace OviFunctions.Admission;

/// <summary>Orders over HTTP, the same for every model: reads the request, has it admitted, writes the answer.</summary>
public sealed partial class OrderEndpoint(
    ApiKeyAdmission byApiKey, PaymentAdmission byPayment, QuoteWriter quotes, JobRouter router, OrderRoutes routes, RateLimits limits, JobResources resources, JobSecrets secrets,
    BatchReader batches, ILogger<OrderEndpoint> logger)
{
    /// <summary>Room for an image of 10 MB in base64 and the rest of the request.</summary>
    public const int MaxBodyBytes = 14 * 1024 * 1024;

    /// <summary><c>GET</c> on an order's route: indexes probe it; the answer is the quote.</summary>
    public async Task<IResult> QuoteAsync(IVideoModel model, HttpRequest request, CancellationToken cancellationToken)
    {
        var response = request.HttpContext.Response;
        CrossOrigin.Allow(response);
        var quota = limits.Of(request.HttpContext);
        var busy = quota.TakeAddress();
        quota.WriteTo(response);
        if (busy is not null) return busy.ToResult();
        return (await router.RouteAsync(model, request: null, cancellationToken)).Problem?.ToResult() ?? quotes.Quote(model, response, [], warnings: model.Warnings);
    }

    /// <summary><c>POST</c> on an order's route.</summary>
    public async Task<IResult> OrderAsync(IVideoModel model, HttpRequest request, DurableTaskClient client, CancellationToken cancellationToken)
    {
        var response = request.HttpContext.Response;
        CrossOrigin.Allow(response);
        var quota = limits.Of(request.HttpContext);
        try
        {
            return await AnswerAsync(model, request, quota, client, cancellationToken);
        }
        finally
        {
            quota.WriteTo(response);
        }
    }

    private async Task<IResult> AnswerAsync(
        IVideoModel model, HttpRequest request, RequestQuota quota, DurableTaskClient client, CancellationToken cancellationToken)
    {
        var response = request.HttpContext.Response;
        response.Headers.CacheControl = "private, no-store";
        response.Headers.Vary = $"{X402Headers.PaymentV2}, {X402Headers.PaymentV1}, Authorization";

        var credential = Credential.Of(request);
        // Before the body is read. A payment or a key may be for an order that is known; those are counted when it is not.
        if (credential is Credential.None or Credential.Ambiguous && quota.TakeAddress() is { } busy) return busy.ToResult();
        if (credential is Credential.Ambiguous ambiguous) return quotes.Refuse(model, response, ambiguous.Problem);
        if (await BoundedBody.ReadAsync(request, MaxBodyBytes, cancellationToken) is not { } body) return (quota.TakeAddress() ?? TooLarge).ToResult();
        if (!TryReadIdempotencyKey(request, out var idempotencyKey)) return quotes.Refuse(model, response, quota.TakeAddress() ?? BadIdempotencyKey);

        var order = OrderRequest.Read(model, body, idempotencyKey, quota);
        try
        {
            switch (credential)
            {
                case Credential.None: return await QuoteAsync(order, body.IsEmpty, response, cancellationToken);
                case Credential.ApiKey key:
                    return Answer(order, response, await WithItemsAsync(client, await byApiKey.AdmitAsync(order, key.Text, client, cancellationToken), cancellationToken));
                case Credential.Payment payment:
                    var result = await byPayment.AdmitAsync(order, payment.Version, payment.Header, client, cancellationToken);
                    return Answer(order, response, await WithItemsAsync(client, result, cancellationToken), payment.Version);
                default: throw new InvalidOperationException($"{credential.GetType().Name} is not a credential.");
            }
        }
        catch (Exception e) when (StorageOutage.Is(e))
        {
            var answer = e as RequestFailedException;
            StorageFailed(logger, answer?.Status, answer?.ErrorCode ?? (e as IOException)?.Message);
            return (credential is Credential.Payment ? StorageTrouble : StorageTrouble with { PaymentState = null }).ToResult();
        }
    }

    private async Task<IResult> QuoteAsync(OrderRequest order, bool isProbe, HttpResponse response, CancellationToken cancellationToken)
    {
        // What nobody makes has no price.
        if (await routes.WhyNoneAsync(order.Model, order.Order, cancellationToken) is { } closed) return closed.ToResult();
        return quotes.Quote(
            order.Model, response, isProbe ? [] : order.Order.Problems, order.PriceAtomic, order.Order.Request is null ? order.Model.Warnings : order.Order.Warnings);
    }

    private async Task<AdmissionResult> WithItemsAsync(DurableTaskClient client, AdmissionResult result, CancellationToken cancellationToken) =>
        result is AdmissionResult.Admitted admitted ? admitted with { Job = await batches.WithItemsAsync(client, admitted.Job, cancellationToken) } : result;

    private IResult Answer(OrderRequest order, HttpResponse response, AdmissionResult result, X402Version? version = null)
    {
        if (result is AdmissionResult.Refused refused)
        {
            if (refused.Receipt is { } refusal && version is { } paid) response.Headers[X402Headers.ReceiptOf(paid)] = refusal.HeaderValue(paid);
            return quotes.Refuse(order.Model, response, refused.Problem, refused.X402Reason, order.PriceAtomic);
        }

        var admitted = (AdmissionResult.Admitted)result;
        var (input, status, _) = admitted.Job;
        // A payment may be repeated in the other version's envelope; this request is answered in its own.
        var payment = version is { } spoken && input.Payment is { } claimed ? claimed with { Version = spoken } : null;
        if (payment is not null && status.Money == MoneyState.Settled)
            response.Headers[X402Headers.ReceiptOf(payment.Version)] = QuoteWriter.Receipt(payment, status.Transaction!);
        // A job that was to be settled on delivery, and that nobody delivered, was carried out: its answer stays 202.
        if (payment is not null
            && status is { IsFinal: true, Money: MoneyState.Unused, State: not JobState.Canceled, StartedAt: null, Video: null, Error.Stage: not "provider" }
            && admitted.Job.Refund is null or { State: RefundState.NothingCame })
            return quotes.RefuseUnpaid(order.Model, response, payment, status.Error, order.PriceAtomic, order.Order.Items);

        response.Headers.Location = resources.StatusUrl(input.JobId).ToString();
        if (!status.IsFinal) response.Headers.RetryAfter = "2";
        var job = resources.Make(admitted.Job);
        return Results.Json(
            new JobEnvelope(admitted.ShowToken ? job : job.WithoutDetails())
            {
                JobToken = admitted.ShowToken ? secrets.JobToken(input.KeyId, input.JobId) : null,
                WebhookSecret = admitted.IsFirst ? secrets.WebhookSecret(input.KeyId, input.JobId).Reveal() : null,
                Warnings = admitted.Warnings.Count > 0 ? admitted.Warnings : null,
            },
            ApiJson.Options,
            statusCode: StatusCodes.Status202Accepted);
    }

    private static bool TryReadIdempotencyKey(HttpRequest request, out string? key)
    {
        var values = request.Headers["Idempotency-Key"];
        key = values.Count == 0 ? null : values[0];
        return values.Count <= 1 && (key is null || (key.Length is >= 1 and <= 255 && key.All(c => c is > ' ' and <= '~')));
    }

    private static Problem TooLarge { get; } = new(413, "body_too_large", "The body is too large.",
        string.Create(CultureInfo.InvariantCulture, $"A body may have {MaxBodyBytes} bytes. Send a smaller image, or its URL."))
    {
        PaymentState = PaymentState.Unused, RetryAction = RetryAction.Abandon,
    };

    private static Problem BadIdempotencyKey { get; } = new(400, "invalid_idempotency_key", "The Idempotency-Key cannot be used.",
        "Send one Idempotency-Key of 1 to 255 visible ASCII characters.") { PaymentState = PaymentState.Unused, RetryAction = RetryAction.Abandon };

    /// <summary>It is not known how far the order came; the identical request finds out and never pays twice.</summary>
    private static Problem StorageTrouble { get; } = new(503, "storage_unavailable", "The order could not be recorded at the moment.",
        "Repeat the identical request: if it was admitted you get that job, and it is never charged twice.")
    {
        RetryAction = RetryAction.RetrySamePayment, PaymentState = PaymentState.InFlight, RetryAfterSeconds = 5,
    };

    [LoggerMessage(1101, LogLevel.Error, "An order failed because storage answered {Status} ({Code}).")]
    private static partial void StorageFailed(ILogger logger, int? status, string? code);
}
