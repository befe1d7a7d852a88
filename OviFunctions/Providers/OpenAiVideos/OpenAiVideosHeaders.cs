using System.Globalization;

namespace OviFunctions.Providers.OpenAiVideos;

/// <summary>Headers by which OpenAI's API paces its clients; its own SDKs obey them.</summary>
internal static class OpenAiVideosHeaders
{
    /// <summary>No wait is longer, whatever the server says: the job has a deadline.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>When a video wants to be read again: <c>openai-poll-after-ms</c>; null when the server did not say.</summary>
    public static TimeSpan? PollAfter(this ProviderReply.Answer answer) => Milliseconds(answer, "openai-poll-after-ms");

    /// <summary>When to try again: <c>retry-after-ms</c>, else <c>retry-after</c>; null when the server did not say.</summary>
    public static TimeSpan? TryAgainAfter(this ProviderReply.Answer answer) =>
        Milliseconds(answer, "retry-after-ms") ?? (answer.RetryAfter > Longest ? Longest : answer.RetryAfter);

    /// <summary>What <c>x-should-retry</c> says: true when the server did nothing and may be asked again.</summary>
    public static bool? ShouldRetry(this ProviderReply.Answer answer) => bool.TryParse(answer.Header("x-should-retry"), out var retry) ? retry : null;

    private static TimeSpan? Milliseconds(ProviderReply.Answer answer, string header) =>
        double.TryParse(answer.Header(header), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds >= 0 // "NaN" and "-Infinity" are numbers to the parser
            ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, Longest.TotalMilliseconds))
            : null;
}
