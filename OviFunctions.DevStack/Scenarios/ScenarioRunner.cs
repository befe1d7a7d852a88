using System.Globalization;
using System.Numerics;
using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Parts;
using OviFunctions.Jobs;

namespace OviFunctions.DevStack.Scenarios;

/// <summary>Plays a scenario on the stack and tells how it ended and what the buyer paid.</summary>
internal static class ScenarioRunner
{
    /// <summary>Every scenario; a new one is a class and a line here.</summary>
    public static IReadOnlyList<IScenario> All { get; } = [new PayTwice(), new LostWebhook(), new ProviderFails(), new Crash()];

    /// <exception cref="StackException">It did not go as it should, or there is no chain.</exception>
    public static async Task RunAsync(IScenario scenario, DeveloperStack stack, Timeline timeline, CancellationToken cancellationToken)
    {
        var rpc = (stack.Chain ?? throw new StackException("The scenarios show the buyer's money on the chain, and there is none here.")).Rpc;
        var before = await rpc.GetBalanceAsync(DevAccounts.Buyer.Address, cancellationToken);
        var end = await PlayAsync(scenario, stack, timeline, cancellationToken);
        var after = await rpc.GetBalanceAsync(DevAccounts.Buyer.Address, cancellationToken);

        var cost = Usdc.ToAtomic(end.Job.GetProperty("cost_actual_usd").GetDecimal());
        if (before - after != cost) throw new StackException($"The job says that it cost {InWords(cost)}; the buyer paid {InWords(before - after)}.");
        timeline.Print($"""

            {end.Sentence}
            The buyer's balance: {InWords(before)} before, {InWords(after)} after.
            """);
    }

    /// <summary>An atomic amount in words: 420000 is <c>0.42 USDC</c>.</summary>
    public static string InWords(BigInteger atomic) => ((decimal)atomic / 1_000_000).ToString("#,0.00####", CultureInfo.InvariantCulture) + " USDC";

    private static async Task<ScenarioEnd> PlayAsync(IScenario scenario, DeveloperStack stack, Timeline timeline, CancellationToken cancellationToken)
    {
        await using var world = new ScenarioWorld(stack, timeline);
        return await scenario.RunAsync(world, cancellationToken);
    }
}
