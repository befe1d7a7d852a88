namespace OviFunctions.Jobs.Prompts;

/// <summary>Finds tags of an OVI prompt that do not fit together; such a prompt is not taken.</summary>
internal static class PromptStructure
{
    private const int MaxProblems = 8;

    /// <summary>What is wrong, by code and sentence; nothing when every tag has its partner and none stands in another's text.</summary>
    public static IReadOnlyList<(string Code, string Detail)> ProblemsOf(string prompt)
    {
        var problems = new List<(string Code, string Detail)>();
        var open = new List<PromptToken>();
        foreach (var token in PromptToken.Of(prompt).Where(token => token.IsTag))
        {
            if (token.Mark is PromptMark.Speech or PromptMark.Sound)
            {
                if (open is [.., var around])
                    problems.Add(("nested_tag", $"prompt has {Shown(token)} inside {Shown(around)}; it should come after {EndOf(around.Mark)}. Tags cannot be nested."));
                open.Add(token);
                continue;
            }

            var start = open.FindLastIndex(opened => EndOf(opened.Mark) == token.Canonical);
            if (start >= 0) open.RemoveAt(start);
            else problems.Add(("unbalanced_tag", $"prompt has {Shown(token)} that ends nothing; {StartOf(token.Mark)} should come before it."));
        }

        problems.AddRange(open.Select(token => ("unbalanced_tag", $"prompt has {Shown(token)} without an end; {EndOf(token.Mark)} should follow its text.")));
        return [.. problems.Take(MaxProblems)];

        string Shown(PromptToken token) => $"{token.Source} (character {prompt[..token.Start].EnumerateRunes().Count() + 1})";
    }

    private static string EndOf(PromptMark start) => start == PromptMark.Speech ? "<E>" : "<ENDAUDCAP>";

    private static string StartOf(PromptMark end) => end == PromptMark.EndOfSpeech ? "<S>" : "<AUDCAP>";
}
