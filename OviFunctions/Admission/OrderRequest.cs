using System.Text.Json;
using OviFunctions.Http;
using OviFunctions.Http.RateLimits;
using OviFunctions.Jobs;
using OviFunctions.Payments.Identity;

namespace OviFunctions.Admission;

/// <summary>An order as it arrived: its body, what it is bound to, and what is right or wrong with it.</summary>
/// <param name="Model">What is ordered.</param>
/// <param name="Order">The body after validation.</param>
/// <param name="Fingerprint">Hash of method, route and body; null when the body is not JSON.</param>
/// <param name="IdempotencyKey">The Idempotency-Key header; null when there is none.</param>
/// <param name="Quota">What the request takes of the rate limits.</param>
public sealed record OrderRequest(IVideoModel Model, Order Order, string? Fingerprint, string? IdempotencyKey, RequestQuota Quota)
{
    /// <summary>Reads the body of an order.</summary>
    public static OrderRequest Read(IVideoModel model, ReadOnlyMemory<byte> body, string? idempotencyKey, RequestQuota quota)
    {
        if (body.IsEmpty) return Broken($"The body is empty; send a JSON object with at least {string.Join(" and ", RequiredOf(model))}.");
        if (!RequestFingerprint.TryCompute("POST", "/" + model.Route, body, out var fingerprint, out var problem))
            return Broken($"The body {problem}.");
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = CanonicalJson.MaxDepth });
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? new OrderRequest(model, model.Validate(body, document.RootElement), fingerprint, idempotencyKey, quota)
            : Broken("The body is JSON, but not an object.");

        OrderRequest Broken(string detail) =>
            new(model, new Order(null, null, [new FieldProblem("", "invalid_json", detail)], []), null, idempotencyKey, quota);
    }

    private static IEnumerable<string?> RequiredOf(IVideoModel model) =>
        model.Resource.BodySchema.GetProperty("required").EnumerateArray().Select(field => field.GetString());

    /// <summary>What exactly this order costs.</summary>
    public long PriceAtomic => Model.PriceAtomic(Order);

    /// <summary>The answer to a paid order that cannot be carried out; null when it can.</summary>
    public Problem? Invalid => Order.Problems.Count == 0 ? null
        : new Problem(Fingerprint is null ? 400 : 422, "invalid_request", "The order has problems; nothing was charged.",
            $"{Order.Problems.Count} problem(s), see errors.")
        {
            Errors = Order.Problems,
            RetryAction = RetryAction.Resign,
            PaymentState = PaymentState.Unused,
        };
}
