using OviFunctions.Jobs.Prompts;

namespace OviFunctions.Tests.Jobs.Prompts;

/// <summary>Tags that do not fit together, which are refused before payment.</summary>
public sealed class PromptStructureTests
{
    [Theory]
    [InlineData("")]
    [InlineData("A dog")]
    [InlineData("He says <S>hello<E> and <S>bye<E>. <AUDCAP>rain<ENDAUDCAP>")]
    [InlineData("He says <S>hello<E>. Audio: rain")]
    [InlineData("<S><E><AUDCAP><ENDAUDCAP>")]
    [InlineData("He says <S>hello</S>. <audcap>rain</AUDCAP>")] // wrong forms count as the tags that they mean
    [InlineData("< S > and <SE> are no tags")]
    public void ProblemsOf_TagsThatFit_AreNone(string prompt) => Assert.Empty(PromptStructure.ProblemsOf(prompt));

    [Theory]
    [InlineData("<S>hello", "prompt has <S> (character 1) without an end; <E> should follow its text.")]
    [InlineData("🐶 says <S>hello", "prompt has <S> (character 8) without an end; <E> should follow its text.")]
    [InlineData("hello<E>", "prompt has <E> (character 6) that ends nothing; <S> should come before it.")]
    [InlineData("<AUDCAP>rain", "prompt has <AUDCAP> (character 1) without an end; <ENDAUDCAP> should follow its text.")]
    [InlineData("rain</AUDCAP>", "prompt has </AUDCAP> (character 5) that ends nothing; <AUDCAP> should come before it.")]
    [InlineData("Audio: rain<ENDAUDCAP>", "prompt has <ENDAUDCAP> (character 12) that ends nothing; <AUDCAP> should come before it.")]
    [InlineData("<S>a<E><E>", "prompt has <E> (character 8) that ends nothing; <S> should come before it.")]
    public void ProblemsOf_TagWithoutItsPartner_IsUnbalanced(string prompt, string detail) =>
        Assert.Equal([("unbalanced_tag", detail)], PromptStructure.ProblemsOf(prompt));

    [Theory]
    [InlineData("<S>a<S>b<E><E>", "prompt has <S> (character 5) inside <S> (character 1); it should come after <E>. Tags cannot be nested.")]
    [InlineData("<S>a<AUDCAP>b<ENDAUDCAP>c<E>", "prompt has <AUDCAP> (character 5) inside <S> (character 1); it should come after <E>. Tags cannot be nested.")]
    [InlineData("<S>a<AUDCAP>b<E>c<ENDAUDCAP>", "prompt has <AUDCAP> (character 5) inside <S> (character 1); it should come after <E>. Tags cannot be nested.")]
    [InlineData("<AUDCAP>a<S>b<E><ENDAUDCAP>", "prompt has <S> (character 10) inside <AUDCAP> (character 1); it should come after <ENDAUDCAP>. Tags cannot be nested.")]
    public void ProblemsOf_TagInsideAnother_IsNested(string prompt, string detail) =>
        Assert.Equal([("nested_tag", detail)], PromptStructure.ProblemsOf(prompt));

    [Fact]
    public void ProblemsOf_ManyProblems_AreTheFirstFew() =>
        Assert.Equal(8, PromptStructure.ProblemsOf(string.Concat(Enumerable.Repeat("<E>", 1000))).Count);
}
