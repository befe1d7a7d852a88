using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.DevStack.Receiver;
using OviFunctions.Http.Egress;
using OviFunctions.Tests.Support;
using OviFunctions.Webhooks;

namespace OviFunctions.Tests.Webhooks;

/// <summary>The sender against a receiver on loopback, through the real egress guard.</summary>
public sealed class WebhookSenderTests : IAsyncLifetime
{
    private static readonly WebhookSecret Secret = WebhookSecret.Create();
    private readonly ManualTimeProvider _time = new();
    private WebhookReceiver _receiver = null!;
    private EgressGuard _egress = null!;
    private WebhookSender _sender = null!;

    public async Task InitializeAsync()
    {
        _receiver = await WebhookReceiver.StartAsync(time: _time);
        _receiver.AddSecret(Secret.Reveal());
        _egress = new EgressGuard(
            new EgressOptions { AllowedHosts = [_receiver.Url.Authority, "127.0.0.1:1"] }, _time, NullLogger<EgressGuard>.Instance);
        _sender = new WebhookSender(_egress, _time, NullLogger<WebhookSender>.Instance);
    }

    public async Task DisposeAsync()
    {
        _egress.Dispose();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task SendAsync_Receiver_GetsAValidWebhook()
    {
        var outcome = await _sender.SendAsync(Message() with { Url = new Uri(_receiver.Url, "hooks/1?x=2") }, default);

        Assert.Equal(new WebhookOutcome.Delivered(200), outcome);
        var received = Assert.Single(_receiver.Deliveries.Entries);
        Assert.True(received.IsValid);
        Assert.Equal("msg_1", received.Id);
        Assert.Equal("""{"type":"job.succeeded"}""", Encoding.UTF8.GetString(received.Body.Span));
        Assert.Equal("application/json", received.Headers["content-type"]);
    }

    [Fact]
    public async Task SendAsync_EachAttempt_HasTheSameIdAndItsOwnTimestamp()
    {
        _receiver.AnswerNext(ReceiverAnswer.Failure);
        await _sender.SendAsync(Message(), default);
        _time.Advance(TimeSpan.FromMinutes(10));
        await _sender.SendAsync(Message(), default);

        var received = _receiver.Deliveries.Entries;
        Assert.Equal(["msg_1", "msg_1"], received.Select(d => d.Id));
        Assert.All(received, d => Assert.True(d.IsValid));
        Assert.Equal(2, received.Select(d => d.Headers[StandardWebhook.TimestampHeader]).Distinct().Count());
    }

    [Theory]
    [InlineData(200)]
    [InlineData(202)]
    [InlineData(204)]
    public async Task SendAsync_Success_IsDelivered(int status)
    {
        _receiver.AnswerNext(new ReceiverAnswer(status));

        Assert.Equal(new WebhookOutcome.Delivered(status), await _sender.SendAsync(Message(), default));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(504)]
    public async Task SendAsync_AnyOtherAnswer_IsTriedAgain(int status)
    {
        _receiver.AnswerNext(new ReceiverAnswer(status));

        Assert.Equal(status, Assert.IsType<WebhookOutcome.Retry>(await _sender.SendAsync(Message(), default)).Status);
    }

    [Fact]
    public async Task SendAsync_Redirect_IsNotFollowed()
    {
        _receiver.AnswerAlways(ReceiverAnswer.RedirectTo(new Uri(_receiver.Url, "elsewhere")));

        Assert.Equal(307, Assert.IsType<WebhookOutcome.Retry>(await _sender.SendAsync(Message(), default)).Status);
        Assert.Single(_receiver.Deliveries.Entries);
    }

    [Theory]
    [InlineData(410, null)]
    [InlineData(500, "abort-message")]
    [InlineData(400, "disable")]
    public async Task SendAsync_ReceiverThatWantsNoMore_IsGone(int status, string? wish)
    {
        _receiver.AnswerNext(new ReceiverAnswer(status, wish is null ? null : Header("webhook-delivery", wish)));

        Assert.Equal(status, Assert.IsType<WebhookOutcome.Gone>(await _sender.SendAsync(Message(), default)).Status);
    }

    [Fact]
    public async Task SendAsync_DeliveredWithAWish_IsDelivered()
    {
        _receiver.AnswerNext(new ReceiverAnswer(200, Header("webhook-delivery", "abort-message")));

        Assert.IsType<WebhookOutcome.Delivered>(await _sender.SendAsync(Message(), default));
    }

    [Theory]
    [InlineData("120", 120.0)]
    [InlineData("Fri, 20 Nov 2026 12:05:00 GMT", 300.0)]
    [InlineData("Fri, 20 Nov 2026 11:00:00 GMT", 0.0)]
    [InlineData("soon", null)]
    public async Task SendAsync_RetryAfter_IsRead(string header, double? seconds)
    {
        _receiver.AnswerNext(new ReceiverAnswer(503, Header("Retry-After", header)));

        Assert.Equal(seconds, Assert.IsType<WebhookOutcome.Retry>(await _sender.SendAsync(Message(), default)).RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task SendAsync_NobodyListens_IsTriedAgain()
    {
        var retry = Assert.IsType<WebhookOutcome.Retry>(
            await _sender.SendAsync(Message() with { Url = new Uri("http://127.0.0.1:1/hook") }, default));

        Assert.Null(retry.Status);
        Assert.DoesNotContain("127.0.0.1", retry.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_AddressThatIsNotPublic_IsNeverCalled()
    {
        await using var other = await WebhookReceiver.StartAsync();

        var retry = Assert.IsType<WebhookOutcome.Retry>(await _sender.SendAsync(Message() with { Url = other.Url }, default));

        Assert.Null(retry.Status);
        Assert.Empty(other.Deliveries.Entries);
    }

    [Fact]
    public async Task SendAsync_NoAnswer_IsTriedAgainAfter20Seconds()
    {
        _receiver.AnswerNext(ReceiverAnswer.Silence);
        var sending = _sender.SendAsync(Message(), default);
        await _receiver.Deliveries.WaitAsync(all => all.Count == 1);

        _time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.False(sending.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Null(Assert.IsType<WebhookOutcome.Retry>(await sending).Status);
    }

    [Fact]
    public async Task SendAsync_ManyReceiversDoNotAnswer_OnlySomeAreWaitedForAndTheOthersAreTriedAgain()
    {
        _receiver.AnswerAlways(ReceiverAnswer.Silence);
        var sendings = Enumerable.Range(0, WebhookSender.MaxAtOnce + 2).Select(_ => _sender.SendAsync(Message(), default)).ToList();
        await _receiver.Deliveries.WaitAsync(all => all.Count == WebhookSender.MaxAtOnce);

        Assert.Equal(2, sendings.Count(s => s.IsCompleted));
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.All(await Task.WhenAll(sendings), outcome => Assert.IsType<WebhookOutcome.Retry>(outcome));

        _receiver.AnswerAlways(new ReceiverAnswer(200));
        Assert.IsType<WebhookOutcome.Delivered>(await _sender.SendAsync(Message(), default));
    }

    [Fact]
    public void MaxAtOnce_LeavesHalfOfTheHostsActivitiesToTheJobs()
    {
        var host = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "host.json"))).RootElement;

        Assert.Equal(
            2 * WebhookSender.MaxAtOnce,
            host.GetProperty("extensions").GetProperty("durableTask").GetProperty("maxConcurrentActivityFunctions").GetInt32());
    }

    [Fact]
    public async Task SendAsync_CallerCancels_Throws()
    {
        _receiver.AnswerNext(ReceiverAnswer.Silence);
        using var caller = new CancellationTokenSource();
        var sending = _sender.SendAsync(Message(), caller.Token);
        await _receiver.Deliveries.WaitAsync(all => all.Count == 1);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task SendAsync_BodyOverTheLimit_IsABug()
    {
        var message = Message() with { Body = new byte[WebhookMessage.MaxBodyBytes + 1] };

        await Assert.ThrowsAsync<ArgumentException>(() => _sender.SendAsync(message, default));
        Assert.Empty(_receiver.Deliveries.Entries);
    }

    private WebhookMessage Message() => new("msg_1", _receiver.Url, """{"type":"job.succeeded"}"""u8.ToArray(), [Secret]);

    private static Dictionary<string, string> Header(string name, string value) => new() { [name] = value };
}
