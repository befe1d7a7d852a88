using OviFunctions.Bench.FanOut;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>That the measurement measures; its verdict is for a machine that does nothing else.</summary>
public sealed class FanOutTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ovi-fan-out-");
    private readonly StringWriter _output = new();

    public void Dispose()
    {
        _output.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Run_SmallFanOuts_TellsBothDelaysWithAndWithout()
    {
        await new FanOutRun(Path.Combine(_directory.FullName, "engine.db"), new(20, TimeSpan.FromMilliseconds(5)), 1, 10, _output, TimeProvider.System).RunAsync();

        var lines = _output.ToString().ReplaceLineEndings("\n").Split('\n');
        Assert.StartsWith("Seed 1: a fan-out of 20 activities", lines[0], StringComparison.Ordinal);
        Assert.Equal(2, lines.Count(line => line.StartsWith("  alone ", StringComparison.Ordinal) && line.EndsWith(" of 10", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.StartsWith("  added at p99 ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Percentile_Hundred_IsTheNearestRank()
    {
        var delays = new Delays();
        foreach (var milliseconds in Enumerable.Range(1, 100).Reverse()) delays.Add(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal((50, 99, 100), (delays.Percentile(50), delays.Percentile(99), delays.Percentile(100)));
        delays.Add(TimeSpan.FromMilliseconds(0.5));
        Assert.Equal((50, 99, 100), (delays.Percentile(50), delays.Percentile(99), delays.Percentile(100)));
        Assert.Contains("p99   99.0 ms", delays.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--activities", "many")]
    [InlineData("--activities", "0")]
    [InlineData("--work", "long")]
    [InlineData("--seed")]
    [InlineData("--speed", "1")]
    public async Task Command_WrongOption_IsNamed(params string[] options)
    {
        using var errors = new StringWriter();

        Assert.Equal(2, await FanOutCommand.RunAsync(options, _output, errors));
        Assert.Contains(options[0], errors.ToString(), StringComparison.Ordinal);
    }
}
