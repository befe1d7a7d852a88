using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Payments;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Admission;

/// <summary>
/// Writes answers that carry a quote: 402 for both protocol versions, and refusals with the quote beside the problem, so
/// that a buyer can correct himself from any of them.
/// </summary>
/// <param name="models">What is sold.</param>
/// <param name="till">Where the money goes; null when payments are off.</param>
public sealed class QuoteWriter(VideoModels models, Till? till)
{
    private const string PaymentRequired = "Payment required";

    // By what is sold where, and price. Those of the dearest requests are built at once: their construction checks that every header fits.
    private readonly ConcurrentDictionary<(string Route, long PriceAtomic), PaymentChallenge> _challenges = till is { } open
        ? new(models.All.Select(m => KeyValuePair.Create((m.Route, m.HighestPriceAtomic), new PaymentChallenge(m.Resource, open.Require(m.HighestPriceAtomic)))))
        : [];

    public bool IsSelling => till is not null;

    /// <summary>402: the price, and what is wrong with the request, so that it can be mended before it is paid for.</summary>
    /// <param name="model">What is asked for.</param>
    /// <param name="response">Gets the headers.</param>
    /// <param name="validation">What is wrong.</param>
    /// <param name="priceAtomic">The price of exactly this request; null for the model's default request.</param>
    /// <param name="warnings">What the buyer should know before he pays.</param>
    public IResult Quote(
        IVideoModel model, HttpResponse response, IReadOnlyList<FieldProblem> validation, long? priceAtomic = null, IReadOnlyList<string>? warnings = null)
    {
        if (!IsSelling)
        {
            response.Headers.WWWAuthenticate = "Bearer";
            return new Problem(401, "unauthorized", "An API key is needed.", "Send it as Authorization: Bearer.") { Errors = validation.Count > 0 ? validation : null }.ToResult();
        }

        var members = new JsonObject();
        if (validation.Count > 0) members["validation"] = JsonSerializer.SerializeToNode(validation, ApiJson.Options);
        if (warnings is { Count: > 0 }) members["warnings"] = JsonSerializer.SerializeToNode(warnings, ApiJson.Options);
        return Write(ChallengeOf(model, priceAtomic), response, StatusCodes.Status402PaymentRequired, PaymentRequired, members);
    }

    /// <summary>A refusal: with 400 and 402 comes the quote, with others the problem alone.</summary>
    public IResult Refuse(IVideoModel model, HttpResponse response, Problem problem, string? x402Reason = null, long? priceAtomic = null)
    {
        if (problem.Status == 401) response.Headers.WWWAuthenticate = "Bearer";
        if (!IsSelling || problem.Status is not (400 or 402)) return problem.ToResult();
        if (problem.Status == 400)
        {
            response.Headers[X402Headers.Required] = ChallengeOf(model, priceAtomic).HeaderValue(x402Reason ?? problem.Code);
            return problem.ToResult();
        }

        var members = JsonSerializer.SerializeToNode(problem, ApiJson.Options)!.AsObject();
        return Write(ChallengeOf(model, priceAtomic), response, problem.Status, x402Reason ?? problem.Code, members);
    }

    /// <summary>The job ended before anything was charged: 402 when the payment failed, 422 when the image did.</summary>
    public IResult RefuseUnpaid(
        IVideoModel model, HttpResponse response, JobPayment payment, JobError recorded, long? priceAtomic = null, IReadOnlyList<OrderItem>? items = null)
    {
        var error = JobErrors.Told(recorded)!;
        var failed = error.Stage == "payment";
        var reason = failed ? error.Reason ?? error.Code : null;
        response.Headers[X402Headers.ReceiptOf(payment.Version)] =
            PaymentReceipt.Failed(payment.Network, payment.Authorization.Transfer.From, reason ?? "not_settled").HeaderValue(payment.Version);
        var problem = new Problem(failed ? 402 : error.Stage == "image" ? 422 : 500, error.Code, "The order was not carried out; nothing was charged.", error.Message)
        {
            Errors = error.Stage == "image" ? [new FieldProblem(PointerOf(error, model, items), error.Code, error.Message)] : null,
            RetryAction = RetryAction.Resign,
            PaymentState = PaymentState.Unused,
        };
        return Refuse(model, response, problem, reason, priceAtomic);
    }

    private static string PointerOf(JobError error, IVideoModel model, IReadOnlyList<OrderItem>? items)
    {
        var where = error.Item is { } item ? $"/items/{item}" : "";
        var owner = error.Item is { } index && items is not null ? items[index].Model : model;
        return error.Code == JobErrors.ContentRefused ? where : $"{where}/{owner.ImageField}";
    }

    public static string Receipt(JobPayment payment, string transaction) => PaymentReceipt
        .Settled(payment.Network, payment.Authorization.Transfer.From, Bytes32.Parse(transaction))
        .HeaderValue(payment.Version);

    private PaymentChallenge ChallengeOf(IVideoModel model, long? priceAtomic)
    {
        var price = priceAtomic ?? model.PriceAtomic(request: null);
        // What is on sale has few prices. The release of one video is asked for once; batches have as many prices as there are sums.
        return model is not BatchModel && models.All.Contains(model)
            ? _challenges.GetOrAdd((model.Route, price), static (key, made) => new PaymentChallenge(made.model.Resource, made.till!.Require(key.PriceAtomic)), (model, till))
            : new PaymentChallenge(model.Resource, till!.Require(price));
    }

    private static IResult Write(PaymentChallenge challenge, HttpResponse response, int status, string error, JsonObject members)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers[X402Headers.Required] = challenge.HeaderValue(error);
        return Results.Text(challenge.Body(error, members), "application/json", status);
    }
}
