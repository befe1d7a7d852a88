using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.DevStack.Receiver;
using OviFunctions.Tests.Support;
using OviFunctions.Webhooks;

namespace OviFunctions.Tests.Webhooks;

public sealed class WebhookSenderTests : IDisposable
{
    private static readonly WebhookSecret Secret = WebhookSecret.Create();
    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedHandler _receiver = new();
    private readonly WebhookSender _sender;

    public WebhookSenderTests() => _sender = new WebhookSender(new HttpClient(_receiver), _time, NullLogger<WebhookSender>.Instance);

    public void Dispose() => _receiver.Dispose();

    [Fact]
    public async Task SendAsync_RealReceiver_GetsAValidWebhook()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.AddSecret(Secret.Reveal());
        var sender = RealSender();

        var outcome = await sender.SendAsync(Message() with { Url = new Uri(receiver.Url, "hooks/1?x=2") }, default);

        Assert.Equal(new WebhookOutcome.Delivered(200), outcome);
        var received = Assert.Single(receiver.Deliveries.Entries);
        Assert.True(received.IsValid);
        Assert.Equal("msg_1", received.Id);
        Assert.Equal("""{"type":"job.succeeded"}""", Encoding.UTF8.GetString(received.Body.Span));
        Assert.Equal("application/json", received.Headers["content-type"]);
    }

    [Fact]
    public async Task SendAsync_RealRedirect_IsNotFollowed()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.AnswerAlways(ReceiverAnswer.RedirectTo(new Uri(receiver.Url, "elsewhere")));
        var sender = RealSender();

        var retry = Assert.IsType<WebhookOutcome.Retry>(await sender.SendAsync(Message() with { Url = receiver.Url }, default));

        Assert.Equal(307, retry.Status);
        Assert.Single(receiver.Deliveries.Entries);
    }

    [Fact]
    public async Task SendAsync_EachAttempt_HasTheSameIdAndItsOwnTimestamp()
    {
        _receiver.Answer(500, "").Answer(200, "");
        await _sender.SendAsync(Message(), default);
        _time.Advance(TimeSpan.FromMinutes(10));
        await _sender.SendAsync(Message(), default);

        Assert.Equal(["msg_1", "msg_1"], _receiver.Requests.Select(r => r.Headers[StandardWebhook.IdHeader]));
        var last = _receiver.Requests[1];
        Assert.Equal(
            WebhookVerification.Valid,
            StandardWebhook.Verify(
                "msg_1",
                last.Headers[StandardWebhook.TimestampHeader],
                last.Headers[StandardWebhook.SignatureHeader],
                Encoding.UTF8.GetBytes(last.Body),
                [Secret],
                _time.GetUtcNow(),
                TimeSpan.Zero));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(202)]
    [InlineData(204)]
    public async Task SendAsync_Success_IsDelivered(int status)
    {
        _receiver.Answer(status, "");

        Assert.Equal(new WebhookOutcome.Delivered(status), await _sender.SendAsync(Message(), default));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(504)]
    public async Task SendAsync_AnyOtherAnswer_IsTriedAgain(int status)
    {
        _receiver.Answer(status, "");

        Assert.Equal(status, Assert.IsType<WebhookOutcome.Retry>(await _sender.SendAsync(Message(), default)).Status);
    }

    [Theory]
    [InlineData(410, null)]
    [InlineData(500, "abort-message")]
    [InlineData(400, "disable")]
    public async Task SendAsync_ReceiverThatWantsNoMore_IsGone(int status, string? wish)
    {
        _receiver.Answer(status, "", wish is null ? [] : [("webhook-delivery", wish)]);

        Assert.Equal(status, Assert.IsType<WebhookOutcome.Gone>(await _sender.SendAsync(Message(), default)).Status);
    }

    [Fact]
    public async Task SendAsync_DeliveredWithAWish_IsDelivered()
    {
        _receiver.Answer(200, "", ("webhook-delivery", "abort-message"));

        Assert.IsType<WebhookOutcome.Delivered>(await _sender.SendAsync(Message(), default));
    }

    [Theory]
    [InlineData("120", 120.0)]
    [InlineData("Fri, 20 Nov 2026 12:05:00 GMT", 300.0)]
    [InlineData("Fri, 20 Nov 2026 11:00:00 GMT", 0.0)]
    [InlineData("soon", null)]
    public async Task SendAsync_RetryAfter_IsRead(string header, double? seconds)
    {
        _receiver.Answer(503, "", ("Retry-After", header));

        Assert.Equal(seconds, Assert.IsType<WebhookOutcome.Retry>(await _sender.SendAsync(Message(), default)).RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task SendAsync_NoConnection_IsTriedAgainWithoutTellingWhy()
    {
        _receiver.Fail(new HttpRequestException(HttpRequestError.ConnectionError, "10.0.0.7:443 refused"));

        Assert.Equal(new WebhookOutcome.Retry(null, "connection failed (ConnectionError)"), await _sender.SendAsync(Message(), default));
    }

    [Fact]
    public async Task SendAsync_NoAnswer_IsTriedAgainAfter20Seconds()
    {
        _receiver.Hang();
        var sending = _sender.SendAsync(Message(), default);

        _time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.False(sending.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Null(Assert.IsType<WebhookOutcome.Retry>(await sending).Status);
    }

    [Fact]
    public async Task SendAsync_AnswerThatNeverEnds_IsDelivered()
    {
        _receiver.Then(_ => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(new EndlessStream()) }));

        Assert.IsType<WebhookOutcome.Delivered>(await _sender.SendAsync(Message(), default));
    }

    [Fact]
    public async Task SendAsync_CallerCancels_Throws()
    {
        _receiver.Hang();
        using var caller = new CancellationTokenSource();
        var sending = _sender.SendAsync(Message(), caller.Token);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task SendAsync_BodyOverTheLimit_IsABug()
    {
        var message = Message() with { Body = new byte[WebhookMessage.MaxBodyBytes + 1] };

        await Assert.ThrowsAsync<ArgumentException>(() => _sender.SendAsync(message, default));
        Assert.Empty(_receiver.Requests);
    }

    private static WebhookMessage Message() =>
        new("msg_1", new Uri("https://buyer.example/hook"), """{"type":"job.succeeded"}"""u8.ToArray(), [Secret]);

    private static WebhookSender RealSender()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        return new WebhookSender(new HttpClient(handler), TimeProvider.System, NullLogger<WebhookSender>.Instance);
    }
}
