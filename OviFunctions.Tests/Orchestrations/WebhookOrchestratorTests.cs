using Microsoft.DurableTask;
using OviFunctions.Activities;
using OviFunctions.Orchestrations;
using OviFunctions.Tests.Support;
using OviFunctions.Webhooks;

namespace OviFunctions.Tests.Orchestrations;

public sealed class WebhookOrchestratorTests
{
    private static readonly HookInput Hook = new("msg_1", OrchestrationSamples.JobId, "k1", "https://buyer.example.com/hooks", "{}");
    private readonly ScriptedContext _context = new();

    [Fact]
    public async Task Run_Delivered_SendsOnce()
    {
        var steps = await RunAsync(_ => Step(DeliveryState.Delivered));

        Assert.Equal([DeliveryState.Delivered], steps.Select(s => s.State));
        Assert.Equal(0, _context.TimersCreated);
    }

    [Fact]
    public async Task Run_ReceiverIsDown_TriesBySchedule()
    {
        await RunAsync(attempt => Step(attempt < 4 ? DeliveryState.Retry : DeliveryState.Delivered));

        var at = TimeSpan.Zero;
        var expected = Enumerable.Range(1, 4)
            .Select(attempt => (at += WebhookSchedule.DelayBefore(attempt, Hook.MessageId)!.Value).TotalSeconds);
        Assert.Equal(expected, _context.TimesOf(nameof(DeliverWebhook)));
    }

    [Fact]
    public async Task Run_ReceiverIsDownForGood_GivesUpAfterTenTriesOfTheSameMessage()
    {
        var steps = await RunAsync(_ => Step(DeliveryState.Retry));

        Assert.Equal(WebhookSchedule.MaxAttempts, steps.Count);
        Assert.All(_context.InputsOf<HookInput>(nameof(DeliverWebhook)), input => Assert.Equal(Hook, input));
        Assert.Equal(0, _context.OpenTimers);
    }

    [Fact]
    public async Task Run_ReceiverWantsNoMore_Stops()
    {
        var steps = await RunAsync(attempt => Step(attempt < 2 ? DeliveryState.Retry : DeliveryState.Gone));

        Assert.Equal([DeliveryState.Retry, DeliveryState.Gone], steps.Select(s => s.State));
    }

    [Fact]
    public async Task Run_CannotBeSigned_Stops() =>
        Assert.Equal([DeliveryState.NoSecret], (await RunAsync(_ => Step(DeliveryState.NoSecret))).Select(s => s.State));

    [Fact]
    public async Task Run_ReceiverAsksForTime_GetsItForTheNextTryOnly()
    {
        await RunAsync(attempt => attempt switch
        {
            1 => Step(DeliveryState.Retry) with { RetryAfter = TimeSpan.FromMinutes(10) },
            2 => Step(DeliveryState.Retry),
            _ => Step(DeliveryState.Delivered),
        });

        var third = WebhookSchedule.DelayBefore(3, Hook.MessageId)!.Value.TotalSeconds;
        Assert.Equal([0, 600, 600 + third], _context.TimesOf(nameof(DeliverWebhook)));
    }

    [Fact]
    public async Task Run_EveryTry_IsInTheStatus()
    {
        await RunAsync(attempt => Step(attempt < 3 ? DeliveryState.Retry : DeliveryState.Delivered));

        Assert.Equal(3, Assert.IsAssignableFrom<IReadOnlyList<DeliveryStep>>(_context.Statuses[^1]).Count);
    }

    [Fact]
    public async Task Run_DeliveryBreaks_Fails()
    {
        _context.Break(nameof(DeliverWebhook));

        await Assert.ThrowsAsync<TaskFailedException>(() => _context.RunAsync(context => WebhookOrchestrator.Run(context, Hook)));
    }

    private static DeliveryStep Step(DeliveryState state) => new(state, Payments.Samples.Now, 200);

    private Task<IReadOnlyList<DeliveryStep>> RunAsync(Func<int, DeliveryStep> deliver)
    {
        var attempts = 0;
        _context.On<HookInput, DeliveryStep>(nameof(DeliverWebhook), _ => deliver(++attempts));
        return _context.RunAsync(context => WebhookOrchestrator.Run(context, Hook));
    }
}
