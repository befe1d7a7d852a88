using OviFunctions.Bench.Space;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>A few jobs of the test of space; <c>dotnet run -c Release --project bench -- space</c> is the whole.</summary>
public sealed class SpaceCommandTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    [Fact]
    public async Task Space_AFewJobs_TheirSpaceIsMeasuredAndUsedAgain()
    {
        var code = await SpaceCommand.RunAsync(["--jobs", "30"], _output, _errors);

        var text = _output.ToString();
        Assert.True(code == 0, text);
        Assert.Matches(@"30 jobs finished in \d+ s: [\d.]+ MB, \d\d,\d{3} bytes a job\.", text);
        Assert.Matches(@"3 jobs more: [\d.]+ MB, of which [\d.]+ MB are free\.", text);
    }

    [Fact]
    public async Task Space_WrongOption_IsNamed()
    {
        Assert.Equal(2, await SpaceCommand.RunAsync(["--jobs"], _output, _errors));
        Assert.Contains("--jobs", _errors.ToString(), StringComparison.Ordinal);
    }
}
