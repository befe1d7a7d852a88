using System.Net.Http.Headers;

namespace OviFunctions.Webhooks;

/// <summary>The <c>Retry-After</c> header (RFC 9110 section 10.2.3), in seconds or as a date.</summary>
internal static class RetryAfterHeader
{
    /// <summary>How long to wait from <paramref name="now"/>, never negative; null when the header is absent or unreadable.</summary>
    public static TimeSpan? Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var wait = headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ => (TimeSpan?)null,
        };
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
