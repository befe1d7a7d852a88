namespace OviFunctions.Jobs.Prompts;

/// <summary>
/// The prompts of OVI: what is refused before payment, what is warned of, and what is sent to providers. Buyers are shown the
/// prompt as they wrote it.
/// </summary>
internal static class OviPrompt
{
    /// <summary>What the names of the models begin with whose prompts have tags.</summary>
    private const string Models = "ovi/";

    /// <summary>Reports tags that do not fit together.</summary>
    public static void Check(FieldReader fields, string? prompt)
    {
        foreach (var (code, detail) in PromptStructure.ProblemsOf(prompt ?? "")) fields.Report("prompt", code, detail);
    }

    public static IEnumerable<string> WarningsOf(VideoRequest request) =>
    [
        .. PromptAdvice.On(request.Prompt),
        .. PromptAdvice.OnNegative("negative_prompt", request.NegativePrompt),
        .. PromptAdvice.OnNegative("audio_negative_prompt", request.AudioNegativePrompt),
    ];

    /// <summary>The prompt as a provider gets it; always the same for the same prompt, whoever asks.</summary>
    public static string Submitted(string model, string prompt) =>
        model.StartsWith(Models, StringComparison.Ordinal) ? PromptForm.Normalise(prompt) : prompt;
}
