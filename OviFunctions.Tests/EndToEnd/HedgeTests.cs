using System.Text.Json;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>Two providers at once: the first good video wins, and the other job is stopped where it costs money.</summary>
public sealed class HedgeTests(HedgingGateway hedging) : GatewayTest(hedging.Gateway), IClassFixture<HedgingGateway>
{
    [Fact]
    public async Task QuickProvider_DeliversByItsCallbackAlone_AndTheSecondIsNeverAsked()
    {
        var job = await Shop.EndOfAsync(await OrderByKeyAsync());

        Assert.Equal(["fal delivered"], Attempts(job));
        Assert.Equal((1, 0), (SubmitsAt(Stack.Fal), SubmitsAt(Stack.SecondFal)));
        Assert.Single(Stack.Fal.CallsOf(Prompt, SimulatorCallKind.Status));
    }

    [Theory]
    [InlineData(SimulatedOutcome.NeverFinishes)]
    [InlineData(SimulatedOutcome.UnknownStatus)]
    public async Task ProviderThatGoesSilent_IsOvertakenAndCanceled(SimulatedOutcome outcome)
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = outcome });
        var payer = await NewPayerAsync();
        var ticket = Ticket.Of(await PayAsync(payer.Sign(await Shop.QuoteAsync())));

        await Shop.EndOfAsync(ticket);
        await AssertEndAsync(ticket, "fal stopped", "fal-2 delivered");

        Assert.Single(Stack.Fal.CallsOf(Prompt, SimulatorCallKind.Cancel));
        Assert.Equal((1, 1), (SubmitsAt(Stack.Fal), SubmitsAt(Stack.SecondFal)));
        Assert.Equal([Price], await payer.PaymentsAsync());
    }

    [Fact]
    public async Task SlowFirstProvider_StillWinsWhenItIsDoneFirst()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { ProcessingMilliseconds = 2000 });
        Stack.SecondFal.Faults.ForPrompt(Prompt, new SimulatorFault { Outcome = SimulatedOutcome.NeverFinishes });
        var ticket = await OrderByKeyAsync();

        await Shop.EndOfAsync(ticket);
        await AssertEndAsync(ticket, "fal delivered", "fal-2 stopped");

        Assert.Single(Stack.SecondFal.CallsOf(Prompt, SimulatorCallKind.Cancel));
    }

    [Fact]
    public async Task LoserThatFinishesAllTheSame_ChangesNothing()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new SimulatorFault { ProcessingMilliseconds = 3000, CancelHasNoEffect = true });
        var ticket = await OrderByKeyAsync(Body(webhook: true));
        var won = await Shop.EndOfAsync(ticket);

        var id = Assert.Single(Stack.Fal.SubmitsOf(Prompt)).RequestId;
        var callbacks = await Stack.Fal.Callbacks.WaitAsync(all => all.Any(callback => callback.RequestId == id), Soon);

        Assert.Equal(200, callbacks.First(callback => callback.RequestId == id).Status);
        await AssertEndAsync(ticket, "fal stopped", "fal-2 delivered");
        var job = await Shop.JobAsync(ticket);
        Assert.Equal(won.Text("assets.0.sha256"), job.Text("assets.0.sha256"));
        Assert.Equal(["job.running", "job.succeeded"], (await HooksAsync(2)).Select(hook => hook.Json().Text("type")));
        Assert.Empty(Stack.Fal.CallsOf(Prompt, SimulatorCallKind.Media));
    }

    /// <summary>The losing attempt ends after the job: it cancels first.</summary>
    private Task AssertEndAsync(Ticket ticket, params string[] attempts) =>
        Eventually.TrueAsync(async () => Attempts(await Shop.JobAsync(ticket)).SequenceEqual(attempts));

    private static IEnumerable<string> Attempts(JsonElement job) =>
        job.GetProperty("attempts").EnumerateArray().Select(attempt => $"{attempt.Text("provider")} {attempt.Text("state")}");
}
