using System.Text.Json;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>Both providers at once: whoever is done first is delivered, and the other one is stopped.</summary>
public sealed class RaceTests(RacingGateway racing) : GatewayTest(racing.Gateway), IClassFixture<RacingGateway>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SlowerOne_IsStopped(bool firstWins)
    {
        var (slow, quick) = firstWins ? (Stack.SecondFal, Stack.Fal) : (Stack.Fal, Stack.SecondFal);
        slow.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.NeverFinishes });
        var ticket = await OrderByKeyAsync();

        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal(["fal at_once", "fal-2 at_once"], job.GetProperty("plan").EnumerateArray().Select(lane => $"{lane.Text("provider")} {lane.Text("start")}"));
        await AssertAttemptsAsync(ticket, firstWins ? ["fal delivered", "fal-2 stopped"] : ["fal stopped", "fal-2 delivered"]);
        Assert.Single(slow.CallsOf(Prompt, SimulatorCallKind.Cancel));
        Assert.Empty(quick.CallsOf(Prompt, SimulatorCallKind.Cancel));
        Assert.Equal((1, 1), (SubmitsAt(Stack.Fal), SubmitsAt(Stack.SecondFal)));
    }

    [Fact]
    public async Task LoserThatFinishesAllTheSame_ChangesNothing()
    {
        Stack.SecondFal.Faults.ForPrompt(Prompt, new SimulatorFault { ProcessingMilliseconds = 5000, CancelHasNoEffect = true });
        var ticket = await OrderByKeyAsync();
        var won = await Shop.EndOfAsync(ticket);

        var id = Assert.Single(Stack.SecondFal.SubmitsOf(Prompt)).RequestId;
        await Stack.SecondFal.Callbacks.WaitAsync(all => all.Any(callback => callback.RequestId == id), Soon);

        await AssertAttemptsAsync(ticket, "fal delivered", "fal-2 stopped");
        Assert.Equal(won.Text("assets.0.sha256"), (await Shop.JobAsync(ticket)).Text("assets.0.sha256"));
        Assert.Empty(Stack.SecondFal.CallsOf(Prompt, SimulatorCallKind.Media));
    }

    [Fact]
    public async Task BothFail_TheMoneyGoesBackAndNobodyIsAskedAgain()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.InternalError });
        Stack.SecondFal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.ContentPolicy });
        var payer = await NewPayerAsync();
        var ticket = Ticket.Of(await PayAsync(payer.Sign(await Shop.QuoteAsync())));

        var job = await Shop.EndOfAsync(ticket);

        Assert.Equal(("failed", "content_policy"), (job.Text("status"), job.Text("error.code")));
        await AssertAttemptsAsync(ticket, "fal failed", "fal-2 failed");
        await Eventually.TrueAsync(async () => (await Shop.JobAsync(ticket)).Text("payment.state") == "refunded");
        Assert.Equal((1, 1), (SubmitsAt(Stack.Fal), SubmitsAt(Stack.SecondFal)));
    }

    /// <summary>The losing attempt ends after the job: it cancels first.</summary>
    private Task AssertAttemptsAsync(Ticket ticket, params string[] attempts) => Eventually.TrueAsync(async () =>
        (await Shop.JobAsync(ticket)).GetProperty("attempts").EnumerateArray()
            .Select(attempt => $"{attempt.Text("provider")} {attempt.Text("state")}").SequenceEqual(attempts));
}
