using OviFunctions.DevStack.Demo;
using OviFunctions.DevStack.Faults;

namespace OviFunctions.DevStack.Scenarios;

/// <summary>The gateway is killed at the worst moment: the money has moved and it does not know yet.</summary>
internal sealed class Crash : IScenario
{
    public string Name => "crash";

    public string Summary => "the gateway is killed when the money has moved and it does not know yet";

    public async Task<ScenarioEnd> RunAsync(ScenarioWorld world, CancellationToken cancellationToken)
    {
        var endpoints = world.Stack.Endpoints;
        var facilitator = await world.ProxyAsync(endpoints.Facilitators[0]);
        var never = new TaskCompletionSource();
        var settled = facilitator.On(FaultStage.AfterPeer, Match.Request("POST", "/settle"), Fault.HoldUntil(never.Task), times: 1);
        var gateway = await world.StartGatewayAsync(endpoints with { Facilitators = [facilitator.Url] }, cancellationToken);

        var request = await world.SignAsync(gateway, cancellationToken);
        var lost = request.SendAsync(gateway.Url, cancellationToken);
        if (await Task.WhenAny(settled.Reached, lost) == lost) throw new StackException($"The gateway never settled: {(await lost).JobId} was answered.");
        await world.Timeline.StepAsync(gateway.KillAsync, "Gateway killed: the money has moved, and the answer that says so never arrives");
        await Task.WhenAny(lost); // the buyer's connection broke
        await world.Timeline.StepAsync(() => gateway.RestartAsync(cancellationToken), "Gateway started again");

        var order = await world.SendAsync(request, gateway, cancellationToken);
        var job = await world.WaitForEndAsync(order, "succeeded", cancellationToken);
        return new ScenarioEnd(
            "The gateway was killed after the money had moved and before it knew; when it came back, the job ran to its end and was charged once.", job);
    }
}
