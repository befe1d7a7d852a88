using Microsoft.AspNetCore.Http;
using OviFunctions.Payments.X402;

namespace OviFunctions.Http;

/// <summary>
/// What browsers of buyers may send and read. The API has no cookies, so every origin is welcome. The reference x402
/// clients send <c>Access-Control-Expose-Headers</c> as a request header, so it is allowed too.
/// </summary>
internal static class CrossOrigin
{
    private const string AllowedHeaders =
        $"Content-Type, {X402Headers.PaymentV2}, {X402Headers.PaymentV1}, SIGN-IN-WITH-X, Idempotency-Key, Authorization, Prefer, Range, Access-Control-Expose-Headers";

    private const string ExposedHeaders =
        $"{X402Headers.Required}, {X402Headers.ReceiptV2}, {X402Headers.ReceiptV1}, Location, Retry-After, RateLimit, RateLimit-Policy, ETag, Content-Range, Preference-Applied";

    /// <summary>For every answer of the API.</summary>
    public static void Allow(HttpResponse response)
    {
        response.Headers.AccessControlAllowOrigin = "*";
        response.Headers.AccessControlExposeHeaders = ExposedHeaders;
    }

    /// <summary>For a preflight.</summary>
    public static void AllowPreflight(HttpResponse response)
    {
        Allow(response);
        response.Headers.AccessControlAllowMethods = "GET, HEAD, POST, DELETE";
        response.Headers.AccessControlAllowHeaders = AllowedHeaders;
        response.Headers.AccessControlMaxAge = "7200";
    }
}
