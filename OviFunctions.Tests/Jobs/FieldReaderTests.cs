using System.Text;
using System.Text.Json;
using OviFunctions.Jobs;

namespace OviFunctions.Tests.Jobs;

public sealed class FieldReaderTests
{
    [Fact]
    public void Text_Value_IsTaken()
    {
        var fields = Of("""{"a":"hello"}""");

        Assert.Equal("hello", fields.Text("a", 1, 5));
        Assert.Empty(fields.Problems);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"a":null}""")]
    public void Text_NotThere_IsTheDefaultOrRequired(string body)
    {
        Assert.Equal("x", Of(body).Text("a", 1, 5, whenMissing: "x"));

        var fields = Of(body);
        Assert.Null(fields.Text("a", 1, 5, requiredHint: "a word."));
        Assert.Equal(new FieldProblem("/a", "required", "a is missing: a word."), Assert.Single(fields.Problems));
    }

    [Theory]
    [InlineData("1", "a number")]
    [InlineData("true", "a boolean")]
    [InlineData("[]", "an array")]
    [InlineData("{}", "an object")]
    public void Text_OtherType_IsNamed(string value, string kind)
    {
        var fields = Of($$"""{"a":{{value}}}""");

        Assert.Null(fields.Text("a", 1, 5, whenMissing: "x"));
        Assert.Equal(new FieldProblem("/a", "type", $"a should be a string, not {kind}."), Assert.Single(fields.Problems));
    }

    [Theory]
    [InlineData("", 0, false)]
    [InlineData("abc", 3, true)]
    [InlineData("abcd", 4, false)]
    [InlineData("🐶🐶🐶", 3, true)] // six UTF-16 units, three characters
    [InlineData("🐶🐶🐶🐶", 4, false)]
    [InlineData("\\uD83D\\uDC36\\uD83D\\uDC36\\uD83D\\uDC36", 3, true)]
    [InlineData("e\\u0301e\\u0301", 4, false)] // JSON Schema counts code points, not what a reader sees
    public void Text_Length_CountsUnicodeCharacters(string value, int length, bool fits)
    {
        var fields = Of($$"""{"a":"{{value}}"}""");

        Assert.Equal(fits, fields.Text("a", 1, 3) is not null);
        if (!fits) Assert.Equal(new FieldProblem("/a", "length", $"a has {length} characters; it should have 1 to 3."), Assert.Single(fields.Problems));
    }

    [Theory]
    [InlineData("\\uD83D")]
    [InlineData("x\\uDC36")]
    public void Text_HalfOfASurrogatePair_IsAProblemAndNoException(string value)
    {
        var fields = Of($$"""{"a":"{{value}}"}""");

        Assert.Null(fields.Text("a", 1, 5));
        Assert.Equal(("/a", "encoding"), (fields.Problems.Single().Where, fields.Problems.Single().Code));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("50", 50)]
    [InlineData("30.0", 30)]
    [InlineData("3e1", 30)]
    [InlineData("0.5e2", 50)]
    public void Integer_AnySpelling_IsTaken(string value, long expected)
    {
        var fields = Of($$"""{"a":{{value}}}""");

        Assert.Equal(expected, fields.Integer("a", 1, 50));
        Assert.Empty(fields.Problems);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("51")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("1e400")]
    [InlineData("99999999999999999999999999999999")]
    public void Integer_OutOfRange_NamesTheRange(string value)
    {
        var fields = Of($$"""{"a":{{value}}}""");

        Assert.Null(fields.Integer("a", 1, 50));
        Assert.Equal(new FieldProblem("/a", "range", "a should be an integer from 1 to 50."), Assert.Single(fields.Problems));
    }

    [Theory]
    [InlineData("\"30\"", "a string")]
    [InlineData("true", "a boolean")]
    public void Integer_OtherType_IsNamed(string value, string kind)
    {
        var fields = Of($$"""{"a":{{value}}}""");

        Assert.Null(fields.Integer("a", 1, 50));
        Assert.Equal(new FieldProblem("/a", "type", $"a should be an integer, not {kind}."), Assert.Single(fields.Problems));
    }

    [Fact]
    public void Integer_LargestSeed_IsExact()
    {
        Assert.Equal(9007199254740991, Of("""{"a":9007199254740991}""").Integer("a", -9007199254740991, 9007199254740991));
        Assert.Null(Of("""{"a":9007199254740992}""").Integer("a", -9007199254740991, 9007199254740991));
        Assert.Equal(-9007199254740991, Of("""{"a":-9007199254740991}""").Integer("a", -9007199254740991, 9007199254740991));
    }

    [Fact]
    public void RefuseOthers_UnknownField_ListsTheKnownOnes()
    {
        var fields = Of("""{"promt":"x","b":1}""");
        fields.Text("prompt", 1, 5);
        fields.Integer("b", 1, 2);

        fields.RefuseOthers();

        Assert.Equal(
            new FieldProblem("/promt", "unknown_field", "There is no field \"promt\". The fields are: prompt, b."), Assert.Single(fields.Problems));
    }

    [Theory]
    [InlineData("a/b", "/a~1b")]
    [InlineData("a~b", "/a~0b")]
    [InlineData("~1", "/~01")]
    public void RefuseOthers_NameWithPointerCharacters_IsEscaped(string name, string where)
    {
        var fields = Of($$"""{"{{name}}":1}""");

        fields.RefuseOthers();

        Assert.Equal(where, Assert.Single(fields.Problems).Where);
    }

    [Fact]
    public void RefuseOthers_FloodOfStrangers_IsNotSentBackLarger()
    {
        var body = "{" + string.Join(",", Enumerable.Range(0, 50_000).Select(i => $"\"field-{i}\":0")) + $",\"{new string('n', 100_000)}\":0}}";
        var fields = Of(body);
        fields.Text("prompt", 1, 5);

        fields.RefuseOthers();

        Assert.InRange(fields.Problems.Sum(p => p.Detail.Length + p.Where.Length), 1, 4000);
    }

    [Fact]
    public void RefuseOthers_LongName_IsCut()
    {
        var fields = Of($$"""{"{{new string('n', 10_000)}}":1}""");

        fields.RefuseOthers();

        Assert.Equal("/" + new string('n', 64) + "…", Assert.Single(fields.Problems).Where);
    }

    [Fact]
    public void Utf8_TextWithoutEscapes_IsAPartOfTheBody()
    {
        var body = Encoding.UTF8.GetBytes("""  {"a":"abcé"}""");
        using var document = JsonDocument.Parse(body);

        var text = FieldReader.Utf8(body, document.RootElement.GetProperty("a"));

        Assert.Equal("abcé", Encoding.UTF8.GetString(text.Span));
        Assert.True(body.AsSpan().Overlaps(text.Span));
    }

    [Theory]
    [InlineData("a\\/b\\u0041", "a/bA")]
    [InlineData("", "")]
    [InlineData("\\uD83D\\uDC36", "🐶")]
    public void Utf8_TextWithEscapes_IsUnescaped(string value, string expected)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"a":"{{value}}"}""");
        using var document = JsonDocument.Parse(body);

        Assert.Equal(expected, Encoding.UTF8.GetString(FieldReader.Utf8(body, document.RootElement.GetProperty("a")).Span));
    }

    private static FieldReader Of(string body) => new(JsonElement.Parse(body));
}
