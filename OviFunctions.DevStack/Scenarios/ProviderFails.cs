using System.Text.Json;
using OviFunctions.DevStack.Simulators;

namespace OviFunctions.DevStack.Scenarios;

/// <summary>The first provider takes the job and fails; the second one makes the video.</summary>
internal sealed class ProviderFails : IScenario
{
    public string Name => "provider-fails";

    public string Summary => "the first provider fails at the job it took";

    public async Task<ScenarioEnd> RunAsync(ScenarioWorld world, CancellationToken cancellationToken)
    {
        world.Stack.Fal.Faults.ForAll(new FalFault { Outcome = FalOutcome.InternalError });
        var gateway = await world.StartGatewayAsync(world.Stack.Endpoints, cancellationToken);
        var order = await world.BuyAsync(gateway, cancellationToken);
        var job = await world.WaitForEndAsync(order, "succeeded", cancellationToken);

        return States(job) is ["failed", "delivered"]
            ? new ScenarioEnd("The first provider failed; the second one made the video, and the buyer paid once.", job)
            : throw new StackException($"The lanes should have failed and delivered: {string.Join(", ", States(job))}.");
    }

    private static string[] States(JsonElement job) =>
        [.. job.GetProperty("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("state").GetString()!)];
}
