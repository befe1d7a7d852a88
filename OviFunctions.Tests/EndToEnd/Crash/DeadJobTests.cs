using System.Text.Json;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Jobs;
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
        world.Peers.Fal.Faults.ForPrompt(dead.Prompt, new SimulatorFault { Outcome = SimulatedOutcome.NeverFinishes });
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

        // Both payments lie in safe blocks; else the sweeper looks again a minute later.
        await world.Stack.Chain!.Rpc.MineAsync(4, TimeSpan.FromSeconds(1), limit.Token);
        await world.StartGatewayAsync(CrashSettings.Ordinary.With(CrashSettings.MinutesLater), limit.Token);

        await world.Peers.Receiver.Deliveries.WaitAsync(
            all => all.Any(delivery => delivery.Path == dead.WebhookPath && delivery.Json().Text("type") == WebhookEvents.Failed), limit.Token);
        var (deadJob, lateJob) = (await RefundedAsync(dead), await RefundedAsync(late));
        Assert.All([deadJob, lateJob], job => Assert.Equal(("failed", "refunded"), (job.Text("status"), job.Text("payment.state"))));
        Assert.Equal(("internal_error", "unreachable"), (deadJob.Text("error.code"), lateJob.Text("error.code")));
        foreach (var order in new[] { dead, late })
        {
            Assert.Equal([GatewayTest.Price], await order.Payer.PaymentsAsync());
            Assert.Equal([GatewayTest.Price], await order.Payer.RefundsAsync());
            // Nobody has to look again.
            var marker = world.Blobs.GetBlobClient(RecordNames.Unsettled(order.JobId));
            await Eventually.TrueAsync(async () => !await marker.ExistsAsync(limit.Token));
        }

        async Task<JsonElement> RefundedAsync(CrashOrder order)
        {
            JsonElement job = default;
            await Eventually.TrueAsync(async () => await world.GetAsync(order.JobPath, order.JobId, limit.Token) is { Status: 200 } answer
                && (job = answer.Json.GetProperty("job")).Text("payment.state") == "refunded");
            return job;
        }
    }
}
