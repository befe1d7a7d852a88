using System.Globalization;
using System.Net.Http.Headers;

namespace OviFunctions.Providers.Segmind;

/// <summary>What Segmind says in headers of its own.</summary>
internal static class SegmindHeaders
{
    /// <summary><c>x-seed-value</c>, the seed that was used; null when there is none.</summary>
    public static long? Seed(HttpResponseHeaders headers) =>
        long.TryParse(First(headers, "x-seed-value"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed) ? seed : null;

    /// <summary>
    /// How long to wait after a 429: <c>x-rate-limit-reset-at-utc</c>, of which the form is not published, so a date or seconds
    /// since 1970. Null when there is none.
    /// </summary>
    public static TimeSpan? RetryAfter(HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (First(headers, "x-rate-limit-reset-at-utc") is not { } text) return null;
        DateTimeOffset reset;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            // Not "greater than": "NaN" is a number to the parser.
            if (!(seconds >= 0 && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())) return null;
            reset = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        }
        else if (!DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out reset))
        {
            return null;
        }

        return reset > now ? reset - now : TimeSpan.Zero;
    }

    private static string? First(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
