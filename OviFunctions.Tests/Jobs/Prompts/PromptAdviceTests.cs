using OviFunctions.Jobs.Prompts;

namespace OviFunctions.Tests.Jobs.Prompts;

/// <summary>What buyers are warned of, and when they are not.</summary>
public sealed class PromptAdviceTests
{
    private const string WrongForm = "in capitals";
    private const string BothForms = "both <AUDCAP> and Audio:";
    private const string NotLast = "should be the last";
    private const string Improvised = "improvised";
    private const string TooLong = "OVI reads 512";
    private const string TooMuchSpeech = "spoken words";

    [Theory]
    [InlineData("<AUDCAP>rain<ENDAUDCAP>")]
    [InlineData("He says <S>hello there<E>")]
    [InlineData("A dog. Audio: it barks")]
    [InlineData("A dog.\nIt runs.\nAudio: it barks.\n")]
    [InlineData("<AUDCAP>Audio: rain<ENDAUDCAP>")]
    [InlineData("<S>Audio: on<E> <AUDCAP>rain<ENDAUDCAP>")]
    public void On_GoodPrompt_SaysNothing(string prompt) => Assert.Empty(PromptAdvice.On(prompt));

    [Theory]
    [InlineData("<S>Hi</S>", "</S> as <E>", WrongForm)]
    [InlineData("<AUDCAP>rain</AUDCAP>", "</AUDCAP> as <ENDAUDCAP>", WrongForm)]
    [InlineData("<s>Hi<e>", "<s> as <S>, <e> as <E>", WrongForm)]
    [InlineData("<audcap>rain<EndAudCap>", "<audcap> as <AUDCAP>, <EndAudCap> as <ENDAUDCAP>", WrongForm)]
    [InlineData("<AUDCAP>rain<ENDAUDCAP> Audio: wind", "", BothForms)]
    [InlineData("Audio: rain\nA man comes", "", NotLast)]
    [InlineData("Audio: rain <S>Hi<E>", "", NotLast)]
    [InlineData("A dog barks", "", Improvised)]
    [InlineData("A dog with an audio: file", "", Improvised)]
    public void On_DoubtfulPrompt_NamesIt(string prompt, string detail, string topic)
    {
        var warning = Assert.Single(PromptAdvice.On(prompt));

        Assert.Contains(topic, warning, StringComparison.Ordinal);
        Assert.Contains(detail, warning, StringComparison.Ordinal);
    }

    [Fact]
    public void On_BothFormsTheLabelFirst_NamesBothAndTheOrder() => Assert.Collection(
        PromptAdvice.On("Audio: wind <AUDCAP>rain<ENDAUDCAP>"),
        warning => Assert.Contains(BothForms, warning, StringComparison.Ordinal),
        warning => Assert.Contains(NotLast, warning, StringComparison.Ordinal));

    [Theory]
    [InlineData('a', 2030, false)] // a quarter of a token each, and the tags
    [InlineData('a', 2050, true)]
    [InlineData('雨', 506, false)] // one each
    [InlineData('雨', 511, true)]
    [InlineData('한', 511, true)]
    public void On_LongPrompt_WarnsFromFiveHundredAndTwelveTokens(char letter, int count, bool warned)
    {
        var warnings = PromptAdvice.On($"{new string(letter, count)}<S>o<E>").ToArray();

        Assert.Equal(warned ? 1 : 0, warnings.Length);
        Assert.All(warnings, warning => Assert.Contains(TooLong, warning, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    public void On_MuchSpeech_WarnsFromSixteenWordsOn(int words, bool warned)
    {
        var half = string.Join(" ", Enumerable.Repeat("well,", words / 2));
        var rest = string.Join(" ", Enumerable.Repeat("it's", words - (words / 2)));

        var warnings = PromptAdvice.On($"These words outside are not spoken at all. <S>{half}<E> and - <S>- {rest}!<E>").ToArray();

        Assert.Equal(warned ? 1 : 0, warnings.Length);
        Assert.All(warnings, warning => Assert.Contains($"{words} {TooMuchSpeech}", warning, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(30, false)]
    [InlineData(31, true)]
    public void On_MuchSpeechWithoutSpaces_CountsTwoCharactersAsAWord(int characters, bool warned) =>
        Assert.Equal(warned, PromptAdvice.On($"<S>{new string('雨', characters)}<E>").Any());

    [Theory]
    [InlineData("jitter, blur", false)]
    [InlineData("no < S > signs", false)]
    [InlineData("<AUDCAP>hiss<ENDAUDCAP>", true)]
    [InlineData("<s>", true)]
    [InlineData("Audio: hiss", true)]
    public void OnNegative_Tags_AreNamed(string negative, bool warned) =>
        Assert.Equal(warned ? ["audio_negative_prompt"] : [], PromptAdvice.OnNegative("audio_negative_prompt", negative).Select(warning => warning.Split(' ')[0]));
}
