using OviFunctions.Jobs.Prompts;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs.Prompts;

/// <summary>The form in which prompts are sent to providers.</summary>
public sealed class PromptFormTests
{
    private static readonly string[] Pieces =
    [
        "<S>", "<E>", "<AUDCAP>", "<ENDAUDCAP>", "</S>", "</E>", "</AUDCAP>", "<s>", "<audcap>", "</endaudcap>", "Audio:", "Audio: ", "audio:", "Audio", ":",
        "<", ">", "S>", "/", " ", "\n", "rain", "wind ", "🐶", "雨", ".",
    ];

    [Theory]
    [InlineData("", "")]
    [InlineData("A dog", "A dog")]
    [InlineData("<S>Hi<E> and <AUDCAP>rain<ENDAUDCAP>.", "<S>Hi<E> and <AUDCAP>rain<ENDAUDCAP>.")]
    [InlineData("A dog. Audio: it barks", "A dog. <AUDCAP>it barks<ENDAUDCAP>")]
    [InlineData("A dog. Audio:it barks,\nand howls.\n", "A dog. <AUDCAP>it barks,\nand howls.<ENDAUDCAP>\n")] // to the end, as OVI's own code does
    [InlineData("Audio: rain <S>Hi<E> he says", "<AUDCAP>rain<ENDAUDCAP> <S>Hi<E> he says")] // tags are never nested
    [InlineData("Audio: rain. <AUDCAP>wind<ENDAUDCAP>", "<AUDCAP>rain.<ENDAUDCAP> <AUDCAP>wind<ENDAUDCAP>")]
    [InlineData("Audio: rain Audio: wind", "<AUDCAP>rain<ENDAUDCAP> <AUDCAP>wind<ENDAUDCAP>")]
    [InlineData("<AUDCAP>Audio: rain<ENDAUDCAP>", "<AUDCAP>rain<ENDAUDCAP>")]
    [InlineData("<AUDCAP>x <Audio: S> y<ENDAUDCAP>", "<AUDCAP>x < S> y<ENDAUDCAP>")]
    [InlineData("He says <S>Audio: on<E>", "He says <S>Audio: on<E>")]
    [InlineData("<s>Hi</S> <audcap>rain</audcap>", "<S>Hi<E> <AUDCAP>rain<ENDAUDCAP>")]
    [InlineData("An audio: file, an MyAudio: too", "An audio: file, an MyAudio: too")]
    [InlineData("Audio:", "<AUDCAP><ENDAUDCAP>")]
    public void Normalise_BothFormsOfSound_BecomeOne(string prompt, string expected) => Assert.Equal(expected, PromptForm.Normalise(prompt));

    [Fact]
    public void Normalise_AnyPrompt_TwiceIsOnce()
    {
        foreach (var prompt in RandomPrompts())
        {
            var once = PromptForm.Normalise(prompt);
            Assert.True(once == PromptForm.Normalise(once), $"\"{prompt}\" becomes \"{once}\", and then \"{PromptForm.Normalise(once)}\".");
        }
    }

    [Fact]
    public void Normalise_AnyPrompt_KeepsEveryWordInItsPlace()
    {
        foreach (var prompt in RandomPrompts()) Assert.Equal(WordsOf(prompt), WordsOf(PromptForm.Normalise(prompt)));
    }

    [Fact]
    public void Normalise_PromptWhoseTagsFit_StillFits()
    {
        var fitting = RandomPrompts().Where(prompt => PromptStructure.ProblemsOf(prompt).Count == 0).ToArray();

        Assert.True(fitting.Length > 500, $"Only {fitting.Length} of the prompts fit.");
        foreach (var prompt in fitting)
        {
            var sent = PromptForm.Normalise(prompt);
            Assert.Empty(PromptStructure.ProblemsOf(sent));
            Assert.All(PromptToken.Of(sent), token => Assert.Equal(token.Canonical, token.Source));
        }
    }

    private static IEnumerable<string> RandomPrompts()
    {
        var random = new Xorshift(20261120);
        for (var i = 0; i < 20_000; i++)
            yield return string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => Pieces[random.Next(Pieces.Length)]));
    }

    /// <summary>All that is no tag, label or space.</summary>
    private static string WordsOf(string prompt)
    {
        var isSpeech = false;
        var words = "";
        foreach (var token in PromptToken.Of(prompt))
        {
            if (token.IsTag) isSpeech = token.Mark == PromptMark.Speech;
            else if (token.Mark == PromptMark.Text || isSpeech) words += string.Concat(token.Source.Where(c => !char.IsWhiteSpace(c)));
        }

        return words;
    }
}
