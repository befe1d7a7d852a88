using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using OviFunctions.Http;
using OviFunctions.Payments.X402;

namespace OviFunctions.Admission;

/// <summary>How an order is paid. Exactly one way is taken, so that it is never in doubt what was charged.</summary>
internal abstract record Credential
{
    private Credential() { }

    public sealed record None : Credential;

    /// <summary>A bearer token that should be an API key. Not printed.</summary>
    public sealed record ApiKey(string Text) : Credential
    {
        public override string ToString() => nameof(ApiKey);
    }

    /// <summary>A payment header. Not printed.</summary>
    public sealed record Payment(X402Version Version, string Header) : Credential
    {
        public override string ToString() => nameof(Payment);
    }

    public sealed record Ambiguous(Problem Problem) : Credential;

    public static Credential Of(HttpRequest request)
    {
        var v2 = request.Headers[X402Headers.PaymentV2];
        var v1 = request.Headers[X402Headers.PaymentV1];
        var bearer = request.Headers.Authorization;
        if (v2.Count + v1.Count + bearer.Count > 1) return new Ambiguous(OneWay);
        if (v2.Count == 1) return new Payment(X402Version.V2, Only(v2));
        if (v1.Count == 1) return new Payment(X402Version.V1, Only(v1));
        if (bearer.Count == 0) return new None();
        return JobAccess.BearerToken(request) is { } token ? new ApiKey(token) : new Ambiguous(NoBearer);
    }

    private static string Only(StringValues values) => values[0] ?? "";

    private static Problem OneWay { get; } = new(400, "one_way_to_pay", "There is more than one way to pay in this request.",
        $"Send exactly one of {X402Headers.PaymentV2}, {X402Headers.PaymentV1} and Authorization: Bearer, once.")
    {
        PaymentState = PaymentState.Unused, RetryAction = RetryAction.Abandon,
    };

    private static Problem NoBearer { get; } = new(400, "no_bearer_token", "The Authorization header is not a bearer token.",
        "Send Authorization: Bearer and an API key.") { RetryAction = RetryAction.Abandon };
}
