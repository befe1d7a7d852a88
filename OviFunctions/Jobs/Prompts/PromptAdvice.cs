using System.Buffers;
using System.Globalization;
using System.Text;

namespace OviFunctions.Jobs.Prompts;

/// <summary>What a buyer should know of a prompt that is taken: OVI would make a video of it, and perhaps not the one that is meant.</summary>
internal static class PromptAdvice
{
    /// <summary>What OVI's text encoder (UMT5-XXL, <c>text_len</c>) reads; the rest is cut without a word.</summary>
    private const int MaxTokens = 512;

    /// <summary>What is spoken in five seconds at a normal rate; our estimate.</summary>
    private const int MaxWords = 15;

    private const int MaxFormsShown = 4;

    public static IEnumerable<string> On(string prompt)
    {
        var tokens = PromptToken.Of(prompt);
        var wrong = tokens.Where(token => token.Source != token.Canonical).Select(token => $"{token.Source} as {token.Canonical}").Distinct().Take(MaxFormsShown).ToArray();
        if (wrong.Length > 0)
            yield return $"OVI's tags are <S>speech<E> and <AUDCAP>sound<ENDAUDCAP>, in capitals; this was sent on: {string.Join(", ", wrong)}.";

        var labels = LabelsOf(tokens).ToArray();
        if (labels.Length > 0 && tokens.Exists(token => token.Mark == PromptMark.Sound))
            yield return "The prompt has both <AUDCAP> and Audio:; each is sent on as a description of sound of its own. One is better.";
        if (labels.Any(label => IsFollowed(tokens, label)))
            yield return "Audio: should be the last of the prompt: all that follows it, up to the next tag or the end, is taken as a description of the sound.";
        if (labels.Length == 0 && !tokens.Exists(token => token.IsTag))
            yield return "The prompt describes neither speech (<S>words<E>) nor sound (<AUDCAP>waves, wind<ENDAUDCAP>): the audio will be improvised.";

        var length = EstimateTokens(PromptForm.Normalise(prompt));
        if (length > MaxTokens)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"The prompt has about {length} tokens, and OVI reads {MaxTokens}: its end, usually the description of the sound, is probably cut.");
        }

        var words = CountSpokenWords(tokens);
        if (words > MaxWords)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"The prompt has {words} spoken words; about {MaxWords} fit into five seconds, so the speech may be hurried or cut.");
        }
    }

    /// <summary>Tags in a negative prompt, which knows none.</summary>
    public static IEnumerable<string> OnNegative(string field, string negative)
    {
        if (PromptToken.Of(negative).Exists(token => token.Mark != PromptMark.Text))
            yield return $"{field} has tags of prompts; there they are words like others. Name what should not be there without tags.";
    }

    /// <summary>The labels that begin a description of the sound: not those that somebody says, or that stand in one.</summary>
    private static IEnumerable<int> LabelsOf(List<PromptToken> tokens)
    {
        var isInside = false;
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].IsTag) isInside = tokens[i].Mark is PromptMark.Speech or PromptMark.Sound;
            else if (tokens[i].Mark == PromptMark.SoundLabel && !isInside) yield return i;
        }
    }

    private static bool IsFollowed(List<PromptToken> tokens, int label) =>
        tokens.Skip(label + 1).Any(token => token.Mark != PromptMark.Text || token.Source.Trim().AsSpan().ContainsAny(LineEnds));

    private static SearchValues<char> LineEnds { get; } = SearchValues.Create("\r\n");

    /// <summary>Rule of thumb: four characters to a token, and one where each character is a word.</summary>
    private static int EstimateTokens(string text)
    {
        var quarters = 0;
        foreach (var rune in text.EnumerateRunes()) quarters += IsIdeographic(rune) ? 4 : 1;
        return (quarters + 3) / 4;
    }

    private static int CountSpokenWords(List<PromptToken> tokens)
    {
        var words = 0;
        var isSpeech = false;
        foreach (var token in tokens)
        {
            if (token.IsTag) isSpeech = token.Mark == PromptMark.Speech;
            else if (isSpeech) words += WordsOf(token.Source);
        }

        return words;
    }

    // Where words are not separated, two characters are about one.
    private static int WordsOf(string text)
    {
        var (words, ideographs, isInWord) = (0, 0, false);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsIdeographic(rune)) (ideographs, isInWord) = (ideographs + 1, false);
            else if (Rune.IsWhiteSpace(rune)) isInWord = false;
            else if (Rune.IsLetterOrDigit(rune) && !isInWord) (words, isInWord) = (words + 1, true);
        }

        return words + ((ideographs + 1) / 2);
    }

    /// <summary>Chinese, Japanese and Korean letters, by their blocks.</summary>
    private static bool IsIdeographic(Rune rune) => rune.Value
        is (>= 0x2E80 and <= 0x9FFF) or (>= 0xAC00 and <= 0xD7AF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);
}
