using OviFunctions.Bench.Wal;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>A moment of the log's test; <c>dotnet run -c Release --project bench -- wal</c> is the whole.</summary>
public sealed class WalCommandTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    [Fact]
    public async Task Wal_AMomentOfLoad_TheLogIsMeasuredAndWithinItsLimit()
    {
        var code = await WalCommand.RunAsync(["--seconds", "1", "--writers", "2"], _output, _errors);

        var text = _output.ToString();
        Assert.True(code == 0, text);
        Assert.Matches(@"2 writers, \d+ s: [1-9][\d,]* instances finished", text);
        Assert.Matches(@"read [1-9]\d* pages .* listed them all ([2-9]|\d\d+) times,\nand backed up [\d.]+ MB in", text);
        Assert.DoesNotContain("log: 0.0 MB", text, StringComparison.Ordinal);
        Assert.Contains("Limit: 128.0 MB", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seconds", "0")]
    [InlineData("--writers", "many")]
    [InlineData("--readers", "1")]
    public async Task Wal_WrongOption_IsNamed(params string[] options)
    {
        Assert.Equal(2, await WalCommand.RunAsync(options, _output, _errors));
        Assert.Contains(string.Join(' ', options), _errors.ToString(), StringComparison.Ordinal);
    }
}
