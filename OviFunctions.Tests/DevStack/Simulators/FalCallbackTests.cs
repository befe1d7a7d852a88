using OviFunctions.DevStack.Receiver;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.Providers;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>The simulator's webhooks, as our gateway would take them.</summary>
public sealed class FalCallbackTests
{
    [Theory]
    [InlineData(WebhookFault.Forged)]
    [InlineData(WebhookFault.NotSigned)]
    public async Task Callback_ThatFalDidNotSign_IsRefused(WebhookFault fault)
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Webhook = fault });
        await stage.SubmitAsync();

        Assert.IsType<CallbackResult.Refused>(await stage.JudgeCallbackAsync());
    }

    [Fact]
    public async Task Callback_AboutAnotherJob_NamesThatJob()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Webhook = WebhookFault.ForAnotherJob });
        var job = await stage.SubmitAsync();

        var genuine = Assert.IsType<CallbackResult.Genuine>(await stage.JudgeCallbackAsync());

        Assert.NotEqual(job.RequestId, genuine.RequestId);
        Assert.IsType<ReadResult.Failed>(await stage.Provider.ReadAsync(new ProviderJob(genuine.RequestId), default));
    }

    [Fact]
    public async Task Callback_SentTwice_ComesTwice()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Webhook = WebhookFault.Duplicate });
        await stage.SubmitAsync();

        var callbacks = await stage.CallbacksAsync(2);

        foreach (var callback in callbacks)
            Assert.IsType<CallbackResult.Genuine>(await stage.Provider.ReadCallbackAsync(callback, default));
    }

    [Theory]
    [InlineData(WebhookFault.Lost)]
    [InlineData(WebhookFault.Late)]
    public async Task Callback_ThatDoesNotCome_DoesNotKeepTheVideoFromBeingRead(WebhookFault fault)
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Webhook = fault, LateMilliseconds = 3_600_000 });

        Assert.IsType<ReadResult.Succeeded>(await stage.ReadWhenCompletedAsync(await stage.SubmitAsync()));
        Assert.Empty(stage.Callbacks.Deliveries.Entries);
    }

    [Fact]
    public async Task Callback_ThatComesLate_IsGenuine()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.Faults.ForNext(new SimulatorFault { Webhook = WebhookFault.Late, LateMilliseconds = 50 });
        await stage.SubmitAsync();

        Assert.IsType<CallbackResult.Genuine>(await stage.JudgeCallbackAsync());
    }

    [Fact]
    public async Task Callback_ThatIsNotTaken_IsSentAgainUntilItIs()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Callbacks.AnswerNext(ReceiverAnswer.Failure, 2);
        await stage.SubmitAsync();

        var attempts = await stage.Fal.Callbacks.WaitAsync(a => a.Count == 3, stage.Soon);

        Assert.Equal([500, 500, 200], attempts.Select(a => a.Status));
    }

    [Fact]
    public async Task Callback_ThatIsRedirected_IsGivenUp()
    {
        var options = new FalSimulatorOptions { RenderClips = false, WebhookRetryDelays = [TimeSpan.Zero] };
        await using var stage = await FalStage.OpenAsync(options);
        stage.Callbacks.AnswerNext(ReceiverAnswer.RedirectTo(stage.Callbacks.Url));
        stage.Callbacks.AnswerNext(ReceiverAnswer.Failure, 2);
        await stage.SubmitAsync();
        await stage.Fal.Callbacks.WaitAsync(a => a.Count == 1, stage.Soon);

        await stage.SubmitAsync();

        var attempts = await stage.Fal.Callbacks.WaitAsync(a => a.Count == 3, stage.Soon);
        Assert.Equal([(1, 307), (1, 500), (2, 500)], attempts.Select(a => (a.Attempt, a.Status!.Value)));
    }

    [Fact]
    public async Task RotateKey_OldAndNewCallback_AreJudgedByTheKeyOfNow()
    {
        await using var stage = await FalStage.OpenAsync();
        stage.Fal.RotateKey();
        await stage.SubmitAsync();

        Assert.IsType<CallbackResult.Genuine>(await stage.JudgeCallbackAsync());
        Assert.Single(stage.Fal.Calls.Entries, c => c.Kind == SimulatorCallKind.Keys);
    }
}
