using OviFunctions.DevStack.Simulators;

namespace OviFunctions.DevStack.Scenarios;

/// <summary>The provider makes the video and never says so.</summary>
internal sealed class LostWebhook : IScenario
{
    public string Name => "lost-webhook";

    public string Summary => "the provider's webhook never comes";

    public async Task<ScenarioEnd> RunAsync(ScenarioWorld world, CancellationToken cancellationToken)
    {
        var fal = world.Stack.Fal;
        fal.Faults.ForAll(new SimulatorFault { Webhook = WebhookFault.Lost });
        var gateway = await world.StartGatewayAsync(world.Stack.Endpoints, cancellationToken);
        var order = await world.BuyAsync(gateway, cancellationToken);
        var ended = world.WaitForEndAsync(order, "succeeded", cancellationToken);
        await Task.WhenAny(fal.Calls.WaitAsync(all => all.Any(call => call.Kind == SimulatorCallKind.Status), cancellationToken), ended);
        world.Timeline.Note("No webhook has come, so the gateway asks the provider itself");

        var job = await ended;
        if (fal.Callbacks.Entries.Count > 0) throw new StackException("The webhook was not lost: the provider sent one.");
        return new ScenarioEnd("The provider's webhook never came; the gateway asked, found the finished video and delivered it, charged once.", job);
    }
}
