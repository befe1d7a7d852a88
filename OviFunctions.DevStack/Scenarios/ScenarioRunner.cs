using System.Globalization;
using System.Numerics;
using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Parts;

namespace OviFunctions.DevStack.Scenarios;

/// <summary>Plays a scenario on the stack and tells how it ended and what the buyer paid.</summary>
internal static class ScenarioRunner
{
    /// <summary>Every scenario; a new one is a class and a line here.</summary>
    public static IReadOnlyList<IScenario> All { get; } = [new PayTwice(), new Crash()];

    /// <exception cref="StackException">It did not go as it should.</exception>
    public static async Task RunAsync(IScenario scenario, DeveloperStack stack, Timeline timeline, CancellationToken cancellationToken)
    {
        var rpc = stack.Chain!.Rpc;
        var before = await rpc.GetBalanceAsync(DevAccounts.Buyer.Address, cancellationToken);
        await using var world = new ScenarioWorld(stack, timeline);
        var sentence = await scenario.RunAsync(world, cancellationToken);
        var after = await rpc.GetBalanceAsync(DevAccounts.Buyer.Address, cancellationToken);
        timeline.Print($"""

            {sentence}
            The buyer's balance: {Usdc(before)} before, {Usdc(after)} after.
            """);
    }

    /// <summary>An atomic amount in words: 420000 is <c>0.42 USDC</c>.</summary>
    public static string Usdc(BigInteger atomic) =>
        ((decimal)atomic / 1_000_000).ToString("#,0.00####", CultureInfo.InvariantCulture) + " USDC";
}
