using System.Text.Json;
using OviFunctions.DevStack.Simulators;

namespace OviFunctions.DevStack.Scenarios;

/// <summary>The first provider takes the job and fails; the second one makes the video. Then both fail, and the money goes back.</summary>
internal sealed class ProviderFails : IScenario
{
    public string Name => "provider-fails";

    public string Summary => "the first provider fails at the job it took; then both do, and the money goes back";

    public async Task<ScenarioEnd> RunAsync(ScenarioWorld world, CancellationToken cancellationToken)
    {
        world.Stack.Fal.Faults.ForAll(new SimulatorFault { Outcome = SimulatedOutcome.InternalError });
        var gateway = await world.StartGatewayAsync(world.Stack.Endpoints, cancellationToken);
        var order = await world.BuyAsync(gateway, cancellationToken);
        var job = await world.WaitForEndAsync(order, "succeeded", cancellationToken);

        if (States(job) is not ["failed", "delivered"])
            throw new StackException($"The lanes should have failed and delivered: {string.Join(", ", States(job))}.");

        world.Stack.SecondFal.Faults.ForAll(new SimulatorFault { Outcome = SimulatedOutcome.InternalError });
        var failing = await world.BuyAsync(gateway, cancellationToken);
        await world.WaitForEndAsync(failing, "failed", cancellationToken);
        await world.WaitForRefundAsync(failing, cancellationToken);
        return new ScenarioEnd(
            "The first provider failed; the second one made the video, and the buyer paid once. When both failed, he got his money back.", job);
    }

    private static string[] States(JsonElement job) =>
        [.. job.GetProperty("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("state").GetString()!)];
}
