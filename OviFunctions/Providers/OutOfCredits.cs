namespace OviFunctions.Providers;

/// <summary>Whether a refusal means that our account is empty, for providers that say so in words only.</summary>
internal static class OutOfCredits
{
    private static readonly string[] Phrases =
        ["insufficient credit", "insufficient balance", "insufficient fund", "not enough credit", "not enough balance", "spend limit"];

    /// <summary>
    /// Whether <paramref name="message"/> says it. An account that is empty leaves the rotation, so a buyer must not be able to
    /// write it: a phrase of his own, which a message may quote, does not count.
    /// </summary>
    public static bool IsSaidIn(string message, SubmitRequest request) => Phrases.Any(phrase =>
        message.Contains(phrase, StringComparison.OrdinalIgnoreCase)
        && !request.Prompt.Contains(phrase, StringComparison.OrdinalIgnoreCase)
        && !request.NegativePrompt.Contains(phrase, StringComparison.OrdinalIgnoreCase)
        && !request.AudioNegativePrompt.Contains(phrase, StringComparison.OrdinalIgnoreCase));
}
