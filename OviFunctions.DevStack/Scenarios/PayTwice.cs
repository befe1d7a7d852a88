using OviFunctions.DevStack.Demo;

namespace OviFunctions.DevStack.Scenarios;

/// <summary>The buyer sends the same paid request twice, as after a lost answer.</summary>
internal sealed class PayTwice : IScenario
{
    public string Name => "pay-twice";

    public string Summary => "the buyer sends the same paid request twice";

    public async Task<string> RunAsync(ScenarioWorld world, CancellationToken cancellationToken)
    {
        var gateway = await world.StartGatewayAsync(world.Stack.Endpoints, cancellationToken);
        var request = await PaidRequest.SignAsync(world.Stack, gateway.Url, cancellationToken);
        var first = await world.SendAsync(request, gateway, cancellationToken);
        var second = await world.SendAsync(request, gateway, cancellationToken);
        await world.WaitForEndAsync(first, "succeeded", cancellationToken);

        return first.JobId == second.JobId
            ? "The same payment was sent twice: it bought one job, was charged once, and both answers named that job."
            : throw new StackException($"The same payment bought two jobs: {first.JobId} and {second.JobId}.");
    }
}
