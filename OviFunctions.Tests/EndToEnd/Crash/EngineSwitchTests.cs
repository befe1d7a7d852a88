using OviFunctions.Jobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>A paid job on an engine that misbehaves as others do: the buyer, the chain and the provider notice nothing of it.</summary>
public sealed class EngineSwitchTests(StackFixture stack) : IClassFixture<StackFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task EachActivityRunsTwice_JobIsChargedSubmittedAndDeliveredOnce()
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        await using var world = await CrashWorld.StartAsync(stack.Stack, number: 11);
        await world.UseNewGatewayAsync(CrashSettings.Ordinary.With(CrashSettings.EngineSwitch("RunActivitiesTwice")), limit.Token);
        var order = await world.SignAsync("twice", inlineImage: false);
        var evidence = new CrashEvidence(world, order);

        evidence.IsAccepted((await world.SendAsync(order, limit.Token))!);

        await evidence.IsDeliveredAndChargedOnceAsync(firstLaneSubmits: 1, secondLaneSubmits: 0, limit.Token);
        await world.Peers.Receiver.Deliveries.WaitAsync(_ => evidence.Told(WebhookEvents.Succeeded).Count == 2, limit.Token);
        Assert.Equal(2, world.Peers.CountOf(CrashPoint.BeforeSettle));
    }

    [Fact]
    public async Task LosingStartsSucceed_TwentyIdenticalOrders_AreOneJob()
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        await using var world = await CrashWorld.StartAsync(stack.Stack, number: 12);
        // An activity that starts a webhook starts it twice then, and so loses.
        var switches = CrashSettings.EngineSwitch("LosingStartSucceeds").With(CrashSettings.EngineSwitch("RunActivitiesTwice"));
        await world.UseNewGatewayAsync(CrashSettings.Ordinary.With(switches), limit.Token);
        var order = await world.SignAsync("twenty", inlineImage: true);
        var evidence = new CrashEvidence(world, order);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => world.SendAsync(order, limit.Token)));

        Assert.All(answers, answer => evidence.IsAccepted(answer!));
        Assert.Single(answers, answer => answer!.Text("webhook_secret") is not null);
        await evidence.IsDeliveredAndChargedOnceAsync(firstLaneSubmits: 1, secondLaneSubmits: 0, limit.Token);
    }
}
