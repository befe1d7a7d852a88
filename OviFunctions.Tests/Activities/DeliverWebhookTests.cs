using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.DevStack.Receiver;
using OviFunctions.Http.Egress;
using OviFunctions.Orchestrations;
using OviFunctions.Secrets;
using OviFunctions.Webhooks;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Activities;

public sealed class DeliverWebhookTests : IAsyncLifetime
{
    private readonly ActivityBench _bench = new();
    private WebhookReceiver _receiver = null!;
    private EgressGuard _egress = null!;

    public async Task InitializeAsync()
    {
        _receiver = await WebhookReceiver.StartAsync(time: _bench.Time);
        _receiver.AddSecret(_bench.Secrets.WebhookSecret("k1", JobId).Reveal());
        _egress = new EgressGuard(
            new EgressOptions { AllowedHosts = [_receiver.Url.Authority] }, _bench.Time, NullLogger<EgressGuard>.Instance);
    }

    public async Task DisposeAsync()
    {
        _egress.Dispose();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Run_Twice_IsTheSameSignedMessageTwice()
    {
        var step = await ActivityBench.TwiceAsync(() => RunAsync());

        Assert.Equal(new DeliveryStep(DeliveryState.Delivered, _bench.Time.GetUtcNow(), 200), step);
        var received = _receiver.Deliveries.Entries;
        Assert.Equal(["msg_1", "msg_1"], received.Select(r => r.Id));
        Assert.All(received, r => Assert.True(r.IsValid));
        Assert.All(received, r => Assert.Equal("""{"type":"job.succeeded"}""", Encoding.UTF8.GetString(r.Body.Span)));
    }

    [Fact]
    public async Task Run_SecretOfAnotherJob_DoesNotSign()
    {
        await RunAsync(Hook with { JobId = JobId[..^1] + "3" });

        Assert.False(Assert.Single(_receiver.Deliveries.Entries).IsValid);
    }

    [Theory]
    [InlineData(500, DeliveryState.Retry)]
    [InlineData(410, DeliveryState.Gone)]
    public async Task Run_ReceiverRefuses_SaysWhetherToTryAgain(int status, DeliveryState state)
    {
        _receiver.AnswerAlways(new ReceiverAnswer(status));

        var step = await ActivityBench.TwiceAsync(() => RunAsync());

        Assert.Equal((state, status), (step.State, step.Status));
    }

    [Fact]
    public async Task Run_UrlThatIsNotAllowed_IsNotSentAndTriedAgain()
    {
        var step = await RunAsync(Hook with { Url = "https://10.0.0.1/hooks" });

        Assert.Equal((DeliveryState.Retry, null), (step.State, step.Status));
        Assert.Empty(_receiver.Deliveries.Entries);
    }

    [Fact]
    public async Task Run_SecretThatWasReplaced_TheNewOneSignsTheNextTry()
    {
        _receiver.AnswerAlways(new ReceiverAnswer(500));
        await RunAsync();
        _receiver.AddSecret((await Secrets().RotateAsync(JobId, default)).Reveal());
        _receiver.AnswerAlways(new ReceiverAnswer(200));
        await RunAsync();

        Assert.Equal([true, true], _receiver.Deliveries.Entries.Select(entry => entry.IsValid));
        var signatures = _receiver.Deliveries.Entries.Select(entry => entry.Headers[StandardWebhook.SignatureHeader]).ToArray();
        Assert.NotEqual(signatures[0], signatures[1]);
        Assert.DoesNotContain(' ', signatures[1]);
    }

    [Fact]
    public async Task Run_ServerKeyThatWasRemoved_EndsWithAReason()
    {
        var step = await RunAsync(Hook with { KeyId = "gone" });

        Assert.Equal((DeliveryState.NoSecret, "the server key gone is not in Secrets:Keys any more"), (step.State, step.Reason));
        Assert.Empty(_receiver.Deliveries.Entries);
    }

    [Fact]
    public async Task Run_ServerKeyThatWasRemovedAndSecretReplaced_IsSent()
    {
        _receiver.AddSecret((await Secrets().RotateAsync(JobId, default)).Reveal());

        var step = await RunAsync(Hook with { KeyId = "gone" });

        Assert.Equal(DeliveryState.Delivered, step.State);
        Assert.True(Assert.Single(_receiver.Deliveries.Entries).IsValid);
    }

    private WebhookSecrets Secrets() => new(_bench.Records, _bench.Secrets, _bench.Ring, _bench.Time);

    private HookInput Hook => new("msg_1", JobId, "k1", _receiver.Url.AbsoluteUri, """{"type":"job.succeeded"}""");

    private Task<DeliveryStep> RunAsync(HookInput? hook = null) => new DeliverWebhook(
        new WebhookSender(_egress, _bench.Time, NullLogger<WebhookSender>.Instance), Secrets(), _bench.Time)
        .Run(hook ?? Hook, default);
}
