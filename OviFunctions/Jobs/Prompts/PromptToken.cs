using System.Text.RegularExpressions;

namespace OviFunctions.Jobs.Prompts;

/// <summary>What a piece of an OVI prompt is (character-ai/Ovi, README, "Prompt Format").</summary>
internal enum PromptMark
{
    Text,

    /// <summary><c>&lt;S&gt;</c>: somebody begins to speak.</summary>
    Speech,

    /// <summary><c>&lt;E&gt;</c></summary>
    EndOfSpeech,

    /// <summary><c>&lt;AUDCAP&gt;</c>: a description of the sound begins.</summary>
    Sound,

    /// <summary><c>&lt;ENDAUDCAP&gt;</c></summary>
    EndOfSound,

    /// <summary><c>Audio:</c>, the other form of a description of the sound: it goes on to the next tag, or to the end.</summary>
    SoundLabel,
}

/// <summary>A piece of a prompt. A tag in a wrong form, as <c>&lt;/S&gt;</c> or <c>&lt;audcap&gt;</c>, is the tag that it means.</summary>
/// <param name="Mark">What it is.</param>
/// <param name="Start">Where it begins, in UTF-16 units.</param>
/// <param name="Source">As it was written.</param>
internal readonly partial record struct PromptToken(PromptMark Mark, int Start, string Source)
{
    public bool IsTag => Mark is not (PromptMark.Text or PromptMark.SoundLabel);

    /// <summary>The right form of a tag; what was written, for everything else.</summary>
    public string Canonical => Mark switch
    {
        PromptMark.Speech => "<S>",
        PromptMark.EndOfSpeech => "<E>",
        PromptMark.Sound => "<AUDCAP>",
        PromptMark.EndOfSound => "<ENDAUDCAP>",
        _ => Source,
    };

    /// <summary>The pieces of a prompt in their order; together they are the prompt.</summary>
    public static List<PromptToken> Of(string prompt)
    {
        var tokens = new List<PromptToken>();
        var end = 0;
        foreach (Match match in Marks().Matches(prompt))
        {
            if (match.Index > end) tokens.Add(new PromptToken(PromptMark.Text, end, prompt[end..match.Index]));
            tokens.Add(new PromptToken(MarkOf(match.Value), match.Index, match.Value));
            end = match.Index + match.Length;
        }

        if (end < prompt.Length) tokens.Add(new PromptToken(PromptMark.Text, end, prompt[end..]));
        return tokens;
    }

    private static PromptMark MarkOf(string source) => source.ToUpperInvariant() switch
    {
        "AUDIO:" => PromptMark.SoundLabel,
        "<S>" => PromptMark.Speech,
        "<E>" or "</E>" or "</S>" => PromptMark.EndOfSpeech,
        "<AUDCAP>" => PromptMark.Sound,
        _ => PromptMark.EndOfSound,
    };

    [GeneratedRegex(@"\bAudio:|</?(?i:ENDAUDCAP|AUDCAP|S|E)>", RegexOptions.CultureInvariant)]
    private static partial Regex Marks();
}
