using System.Text.Json;
using OviFunctions.Providers.Fal;

namespace OviFunctions.Tests.Providers.Fal;

public sealed class FalJobOptionsTests
{
    [Theory]
    [InlineData("null", "")]
    [InlineData("{}", "")]
    [InlineData("""{"priority":"normal"}""", "priority=normal")]
    [InlineData("""{"priority":"low"}""", "priority=low")]
    [InlineData("""{"start_timeout":2}""", "start_timeout=2")]
    [InlineData("""{"start_timeout":1.5}""", "start_timeout=1.5")]
    [InlineData("""{"start_timeout":3.6e3}""", "start_timeout=3600")]
    [InlineData("""{"object_lifecycle":3600}""", "object_lifecycle=3600")]
    [InlineData("""{"object_lifecycle":31536000}""", "object_lifecycle=31536000")]
    [InlineData("""{"no_retry":true}""", "no_retry=true")]
    [InlineData("""{"no_retry":false}""", "no_retry=false")]
    [InlineData("""{"priority":null,"start_timeout":null}""", "")]
    [InlineData("""{"start_timeout":60,"no_retry":true,"priority":"low"}""", "no_retry=true,priority=low,start_timeout=60")]
    public void Parse_AllowedOptions_AreCanonicalText(string json, string expected)
    {
        var result = Parse(json);

        Assert.Empty(result.Problems);
        Assert.Equal(expected, string.Join(",", result.Allowed.Select(o => $"{o.Key}={o.Value}")));
    }

    [Fact]
    public void Parse_NothingThere_IsAllowed() => Assert.Empty(FalJobOptions.Parse(default).Problems);

    [Theory]
    [InlineData("[]", "", "must be a JSON object")]
    [InlineData("\"low\"", "", "must be a JSON object")]
    [InlineData("""{"prompt":"other"}""", "prompt", "priority, start_timeout, object_lifecycle, no_retry")]
    [InlineData("""{"fal_webhook":"https://evil.example"}""", "fal_webhook", "not supported")]
    [InlineData("""{"Priority":"low"}""", "Priority", "not supported")]
    [InlineData("""{"\ud800":1}""", "\uFFFD", "not supported")]
    [InlineData("""{"priority":"high"}""", "priority", "\"normal\" or \"low\"")]
    [InlineData("""{"priority":"low\r\nX-Evil: 1"}""", "priority", "\"normal\" or \"low\"")]
    [InlineData("""{"priority":"\ud800"}""", "priority", "\"normal\" or \"low\"")]
    [InlineData("""{"priority":1}""", "priority", "\"normal\" or \"low\"")]
    [InlineData("""{"priority":"low","priority":"low"}""", "priority", "twice")]
    [InlineData("""{"start_timeout":1}""", "start_timeout", "above 1")]
    [InlineData("""{"start_timeout":1.0001}""", "start_timeout", "above 1")]
    [InlineData("""{"start_timeout":-5}""", "start_timeout", "above 1")]
    [InlineData("""{"start_timeout":3601}""", "start_timeout", "at most 3600")]
    [InlineData("""{"start_timeout":1e400}""", "start_timeout", "above 1")]
    [InlineData("""{"start_timeout":"30"}""", "start_timeout", "a number")]
    [InlineData("""{"object_lifecycle":3599}""", "object_lifecycle", "from 3600")]
    [InlineData("""{"object_lifecycle":31536001}""", "object_lifecycle", "to 31536000")]
    [InlineData("""{"object_lifecycle":3600.5}""", "object_lifecycle", "whole number")]
    [InlineData("""{"object_lifecycle":{"expiration_duration_seconds":3600}}""", "object_lifecycle", "whole number")]
    [InlineData("""{"no_retry":"true"}""", "no_retry", "true or false")]
    [InlineData("""{"no_retry":1}""", "no_retry", "true or false")]
    public void Parse_OptionThatIsNotAllowed_NamesItAndWhatWouldBeRight(string json, string key, string text)
    {
        var result = Parse(json);

        var problem = Assert.Single(result.Problems);
        Assert.Equal(key, problem.Key);
        Assert.Contains(text, problem.Text, StringComparison.Ordinal);
        Assert.Empty(result.Allowed);
    }

    [Fact]
    public void Parse_OneGoodAndOneBadOption_AllowsNeither()
    {
        var result = Parse("""{"priority":"low","no_retry":0}""");

        Assert.Single(result.Problems);
        Assert.Empty(result.Allowed);
    }

    [Fact]
    public void Parse_ManyLongUnknownKeys_AnswersShortly()
    {
        var result = Parse($"{{{string.Join(",", Enumerable.Range(0, 5000).Select(i => $"\"{i}{new string('k', 500)}\":1"))}}}");

        Assert.Equal(8, result.Problems.Count);
        Assert.All(result.Problems, p => Assert.True(p.Key.Length <= 65));
    }

    [Fact]
    public void Parse_UnknownKeysMayPass_SingleValuesAreKeptAsJson()
    {
        var result = FalJobOptions.Parse(JsonElement.Parse("""{"guidance":7.50,"style":"a \"b\"","loop":true,"none":null,"priority":"low"}"""), passUnknown: true);

        Assert.Empty(result.Problems);
        Assert.Equal(["guidance", "loop", "priority", "style"], result.Allowed.Keys);
        Assert.Equal(["7.50", "true", "low", "\"a \\u0022b\\u0022\""], result.Allowed.Values);
    }

    [Theory]
    [InlineData("seed", "1")]
    [InlineData("image_url", "\"x\"")]
    [InlineData("fal_webhook", "\"https://example.com\"")]
    [InlineData("X-Fal-Store-IO", "1")]
    [InlineData("Authorization", "\"x\"")]
    [InlineData("list", "[1]")]
    [InlineData("group", "{}")]
    public void Parse_UnknownKeysMayPass_OursAndThoseThatAreNoParametersDoNot(string key, string value) =>
        Assert.Equal(key, Assert.Single(FalJobOptions.Parse(JsonElement.Parse($$"""{"{{key}}":{{value}}}"""), passUnknown: true).Problems).Key);

    [Fact]
    public void Parse_TooManyUnknownKeys_IsRefused()
    {
        var options = string.Join(',', Enumerable.Range(0, 17).Select(i => $"\"k{i}\":1"));

        Assert.Contains("16 keys", Assert.Single(FalJobOptions.Parse(JsonElement.Parse($"{{{options}}}"), passUnknown: true).Problems).Text, StringComparison.Ordinal);
    }

    private static FalJobOptionsResult Parse(string json) => FalJobOptions.Parse(JsonDocument.Parse(json).RootElement);
}
