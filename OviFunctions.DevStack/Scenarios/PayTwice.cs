using OviFunctions.DevStack.Demo;

namespace OviFunctions.DevStack.Scenarios;

/// <summary>The buyer sends the same paid request twice, as after a lost answer.</summary>
internal sealed class PayTwice : IScenario
{
    public string Name => "pay-twice";

    public string Summary => "the buyer sends the same paid request twice";

    public async Task<ScenarioEnd> RunAsync(ScenarioWorld world, CancellationToken cancellationToken)
    {
        var gateway = await world.StartGatewayAsync(world.Stack.Endpoints, cancellationToken);
        var request = await world.SignAsync(gateway, cancellationToken);
        var first = await world.SendAsync(request, gateway, cancellationToken);
        var second = await world.SendAsync(request, gateway, cancellationToken);
        if (first.JobId != second.JobId) throw new StackException($"The same payment bought two jobs: {first.JobId} and {second.JobId}.");

        var job = await world.WaitForEndAsync(first, "succeeded", cancellationToken);
        return new ScenarioEnd("The same payment was sent twice: it bought one job, was charged once, and both answers named that job.", job);
    }
}
