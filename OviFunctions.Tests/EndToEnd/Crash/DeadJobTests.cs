using OviFunctions.Activities;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Jobs;
using OviFunctions.Storage;
using OviFunctions.Tests.EndToEnd.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>Money that nobody waits for any more: a job's orchestration died, or a payment came after its order was turned away.</summary>
public sealed class DeadJobTests(StackFixture stack) : IClassFixture<StackFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task OrchestrationTerminatedAfterTheSettlement_AndMoneyThatAStrangerSent_AreRefunded()
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        await using var world = await CrashWorld.StartAsync(stack.Stack, number: 13);
        await world.UseNewGatewayAsync(CrashSettings.Ordinary, limit.Token);

        // One job is paid, and a provider works on it.
        var dead = await world.SignAsync("dead", inlineImage: false);
        world.Peers.Fal.Faults.ForPrompt(dead.Prompt, new FalFault { Outcome = FalOutcome.NeverFinishes });
        Assert.Equal(202, (await world.SendAsync(dead, limit.Token))!.Status);
        await Eventually.TrueAsync(() => Task.FromResult(CrashPeers.SubmitsOf(world.Peers.Fal, dead).Count == 1));

        // Another order is turned away, and a stranger who saw its payment at the facilitator submits it.
        var late = await world.SignAsync("late", inlineImage: false);
        late.Body["image_url"] = late.Body["image_url"]!.GetValue<string>().Replace("picture.png", "missing.png", StringComparison.Ordinal);
        Assert.Equal(422, (await world.SendAsync(late, limit.Token))!.Status);
        await late.Payer.SubmitByThirdPartyAsync(late.Signed);
        foreach (var order in new[] { dead, late }) Assert.Equal([GatewayTest.Price], await order.Payer.PaymentsAsync());

        await world.KillGatewayAsync();
        await using (var engine = new SqliteStore(world.Database))
        {
            await engine.OpenAsync(limit.Token);
            await engine.TerminateAsync(dead.JobId, output: null, recursive: true, TimeProvider.System.GetUtcNow());
        }

        await world.StartGatewayAsync(CrashSettings.Ordinary.With(CrashSettings.MinutesLater), limit.Token);

        var records = new BlobRecordStore(world.Blobs);
        await Eventually.TrueAsync(async () =>
            await records.ReadAsync<OutcomeRecord>(RecordNames.Outcome(dead.JobId), limit.Token) is { Value.Outcome: JobOutcome.RefundDue });
    }
}
