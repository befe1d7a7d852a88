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
        Assert.Single(Stack.Fal.CallsOf(Prompt, FalCallKind.Status));
    }

    [Theory]
    [InlineData(FalOutcome.NeverFinishes)]
    [InlineData(FalOutcome.UnknownStatus)]
    public async Task ProviderThatGoesSilent_IsOvertakenAndCanceled(FalOutcome outcome)
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new FalFault { Outcome = outcome });
        var payer = await NewPayerAsync();
        var ticket = Ticket.Of(await PayAsync(payer.Sign(await Shop.QuoteAsync())));

        await Shop.EndOfAsync(ticket);
        await LoserIsCanceledAsync(Stack.Fal);

        Assert.Equal(["fal stopped", "fal-2 delivered"], Attempts(await Shop.JobAsync(ticket)));
        Assert.Equal((1, 1), (SubmitsAt(Stack.Fal), SubmitsAt(Stack.SecondFal)));
        Assert.Equal([Price], await payer.PaymentsAsync());
    }

    [Fact]
    public async Task SlowFirstProvider_StillWinsWhenItIsDoneFirst()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new FalFault { ProcessingMilliseconds = 2000 });
        Stack.SecondFal.Faults.ForPrompt(Prompt, new FalFault { Outcome = FalOutcome.NeverFinishes });
        var ticket = await OrderByKeyAsync();

        await Shop.EndOfAsync(ticket);
        await LoserIsCanceledAsync(Stack.SecondFal);

        Assert.Equal(["fal delivered", "fal-2 stopped"], Attempts(await Shop.JobAsync(ticket)));
    }

    [Fact]
    public async Task LoserThatFinishesAllTheSame_ChangesNothing()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new FalFault { ProcessingMilliseconds = 3000, CancelHasNoEffect = true });
        var ticket = await OrderByKeyAsync(Body(webhook: true));
        var won = await Shop.EndOfAsync(ticket);

        var id = Assert.Single(Stack.Fal.SubmitsOf(Prompt)).RequestId;
        var callbacks = await Stack.Fal.Callbacks.WaitAsync(all => all.Any(callback => callback.RequestId == id), Soon);

        Assert.Equal(200, callbacks.First(callback => callback.RequestId == id).Status);
        var job = await Shop.JobAsync(ticket);
        Assert.Equal(["fal stopped", "fal-2 delivered"], Attempts(job));
        Assert.Equal(won.Text("assets.0.sha256"), job.Text("assets.0.sha256"));
        Assert.Equal(["job.running", "job.succeeded"], (await HooksAsync(2)).Select(hook => hook.Json().Text("type")));
        Assert.Empty(Stack.Fal.CallsOf(Prompt, FalCallKind.Media));
    }

    /// <summary>Waits until the losing attempt has ended, which is after the job's end.</summary>
    private async Task LoserIsCanceledAsync(FalSimulator fal)
    {
        var id = Assert.Single(fal.SubmitsOf(Prompt)).RequestId;
        await fal.Calls.WaitAsync(all => all.Any(call => call.Kind == FalCallKind.Cancel && call.RequestId == id), Soon);
        await Eventually.TrueAsync(() => Task.FromResult(fal.CallbacksOf(Prompt).Count > 0)); // about the cancelled job
    }

    private static IEnumerable<string> Attempts(JsonElement job) =>
        job.GetProperty("attempts").EnumerateArray().Select(attempt => $"{attempt.Text("provider")} {attempt.Text("state")}");
}
