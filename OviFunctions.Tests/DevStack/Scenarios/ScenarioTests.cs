using OviFunctions.Tests.DevStack.Support;

namespace OviFunctions.Tests.DevStack.Scenarios;

/// <summary>Each scenario as a visitor runs it.</summary>
[Collection(ProgramGroup.Name)]
public sealed class ScenarioTests
{
    private const string PaidOnce = "The buyer's balance: 10,000,000.00 USDC before, 9,999,999.58 USDC after.";

    [Theory]
    [InlineData("pay-twice", "The same payment was sent twice: it bought one job, was charged once, and both answers named that job.")]
    [InlineData("lost-webhook", "The provider's webhook never came; the gateway asked, found the finished video and delivered it, charged once.")]
    [InlineData("provider-fails", "The first provider failed; the second one made the video, and the buyer paid once. When both failed, he got his money back.")]
    [InlineData("crash", "The gateway was killed after the money had moved and before it knew; when it came back, the job ran to its end and was charged once.")]
    public async Task Scenario_EndsWithWhatHappenedAndTheBalance(string name, string sentence)
    {
        await using var run = ProgramRun.Start("--scenario", name);

        var code = await run.EndAsync();

        Assert.True(code == 0, run.Output + run.Errors);
        Assert.Equal(["", sentence, PaidOnce], run.Output.TrimEnd().Split('\n')[^3..]);
    }
}
