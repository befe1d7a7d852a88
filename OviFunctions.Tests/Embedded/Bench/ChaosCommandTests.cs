using OviFunctions.Bench.Chaos;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>A sample of the kill test; <c>dotnet run -c Release --project bench -- chaos</c> runs it in full.</summary>
public sealed class ChaosCommandTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    [Fact]
    public async Task Chaos_KilledTwentyTimes_NothingIsLostAndNothingIsAppliedTwice()
    {
        var code = await ChaosCommand.RunAsync(["--kills", "20", "--seed", "1"], _output, _errors);

        Assert.True(code == 0, _output.ToString());
        Assert.Contains("Seed 1: 20 kills", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--kills", "many")]
    [InlineData("--seed")]
    [InlineData("--speed", "1")]
    public async Task Chaos_WrongOption_IsNamed(params string[] options)
    {
        Assert.Equal(2, await ChaosCommand.RunAsync(options, _output, _errors));
        Assert.Contains(options[0], _errors.ToString(), StringComparison.Ordinal);
    }
}
