using OviFunctions.DevStack.Scenarios;

namespace OviFunctions.Tests.DevStack.Scenarios;

public sealed class ScenarioRunnerTests
{
    [Theory]
    [InlineData(420_000, "0.42 USDC")]
    [InlineData(10_000_000_000_000, "10,000,000.00 USDC")]
    [InlineData(1, "0.000001 USDC")]
    public void InWords_WritesAtomicAmountsAsPeopleDo(long atomic, string expected) => Assert.Equal(expected, ScenarioRunner.InWords(atomic));
}
