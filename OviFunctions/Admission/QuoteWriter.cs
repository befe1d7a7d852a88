using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OviFunctions.Http;
using OviFunctions.Jobs;
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

    // Built once: its construction checks that every header fits.
    private readonly Dictionary<string, PaymentChallenge> _challenges = till is { } open
        ? models.All.ToDictionary(m => m.Name, m => new PaymentChallenge(m.Resource, open.Require(m.PriceAtomic(request: null))))
        : [];

    public bool IsSelling => till is not null;

    /// <summary>402: the price, and what is wrong with the request, so that it can be mended before it is paid for.</summary>
    public IResult Quote(IVideoModel model, HttpResponse response, IReadOnlyList<FieldProblem> validation)
    {
        if (!IsSelling)
        {
            response.Headers.WWWAuthenticate = "Bearer";
            return new Problem(401, "unauthorized", "An API key is needed.", "Send it as Authorization: Bearer.") { Errors = validation.Count > 0 ? validation : null }.ToResult();
        }

        var members = new JsonObject();
        if (validation.Count > 0) members["validation"] = JsonSerializer.SerializeToNode(validation, ApiJson.Options);
        return Write(model, response, StatusCodes.Status402PaymentRequired, PaymentRequired, members);
    }

    /// <summary>A refusal: with 400 and 402 comes the quote, with others the problem alone.</summary>
    public IResult Refuse(IVideoModel model, HttpResponse response, Problem problem, string? x402Reason = null)
    {
        if (problem.Status == 401) response.Headers.WWWAuthenticate = "Bearer";
        if (!IsSelling || problem.Status is not (400 or 402)) return problem.ToResult();
        if (problem.Status == 400)
        {
            response.Headers[X402Headers.Required] = _challenges[model.Name].HeaderValue(x402Reason ?? problem.Code);
            return problem.ToResult();
        }

        var members = JsonSerializer.SerializeToNode(problem, ApiJson.Options)!.AsObject();
        return Write(model, response, problem.Status, x402Reason ?? problem.Code, members);
    }

    /// <summary>The job ended before anything was charged: 402 when the payment failed, 422 when the image did.</summary>
    public IResult RefuseUnpaid(IVideoModel model, HttpResponse response, JobPayment payment, JobError error)
    {
        var failed = error.Stage == "payment";
        response.Headers[X402Headers.ReceiptOf(payment.Version)] =
            PaymentReceipt.Failed(payment.Network, payment.Authorization.Transfer.From, failed ? error.Code : "not_settled").HeaderValue(payment.Version);
        var problem = new Problem(failed ? 402 : error.Stage == "image" ? 422 : 500, error.Code, "The order was not carried out; nothing was charged.", error.Message)
        {
            Errors = error.Stage == "image" ? [new FieldProblem(error.Code == JobErrors.ContentRefused ? "" : "/image_url", error.Code, error.Message)] : null,
            RetryAction = RetryAction.Resign,
            PaymentState = PaymentState.Unused,
        };
        return Refuse(model, response, problem);
    }

    public static string Receipt(JobPayment payment, string transaction) => PaymentReceipt
        .Settled(payment.Network, payment.Authorization.Transfer.From, Bytes32.Parse(transaction))
        .HeaderValue(payment.Version);

    private IResult Write(IVideoModel model, HttpResponse response, int status, string error, JsonObject members)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers[X402Headers.Required] = _challenges[model.Name].HeaderValue(error);
        return Results.Text(_challenges[model.Name].Body(error, members), "application/json", status);
    }
}
