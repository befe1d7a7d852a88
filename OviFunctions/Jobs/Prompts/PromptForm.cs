using System.Text;

namespace OviFunctions.Jobs.Prompts;

/// <summary>
/// Brings a prompt into the one form that every provider of OVI documents: tags in capitals, and each description of the
/// sound as <c>&lt;AUDCAP&gt;...&lt;ENDAUDCAP&gt;</c>. Words stay what and where they are.
/// </summary>
internal static class PromptForm
{
    public static string Normalise(string prompt)
    {
        var text = new StringBuilder(prompt.Length + 32);
        var inside = PromptMark.Text; // Text, Speech or Sound; SoundLabel for a description that a label began
        var afterLabel = false;
        foreach (var token in PromptToken.Of(prompt))
        {
            switch (token.Mark)
            {
                case PromptMark.SoundLabel when inside == PromptMark.Speech:
                    text.Append(token.Source); // somebody says so
                    continue;
                case PromptMark.SoundLabel when inside == PromptMark.Sound:
                    // It says twice that this is the sound. What stood around it must not grow together to a tag.
                    if (text[^1] != '>' && !char.IsWhiteSpace(text[^1])) text.Append(' ');
                    afterLabel = true;
                    continue;
                case PromptMark.SoundLabel:
                    EndLabelled();
                    text.Append("<AUDCAP>");
                    (inside, afterLabel) = (PromptMark.SoundLabel, true);
                    continue;
                case PromptMark.Text:
                    text.Append(afterLabel ? token.Source.AsSpan().TrimStart() : token.Source);
                    break;
                default:
                    EndLabelled();
                    text.Append(token.Canonical);
                    inside = token.Mark is PromptMark.Speech or PromptMark.Sound ? token.Mark : PromptMark.Text;
                    break;
            }

            afterLabel = false;
        }

        EndLabelled();
        return text.ToString();

        // The space behind the description separates it from what follows.
        void EndLabelled()
        {
            if (inside != PromptMark.SoundLabel) return;
            var end = text.Length;
            while (char.IsWhiteSpace(text[end - 1])) end--;
            text.Insert(end, "<ENDAUDCAP>");
            inside = PromptMark.Text;
        }
    }
}
