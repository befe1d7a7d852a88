using System.Globalization;
using System.Net;
using System.Text;
using OviFunctions.DevStack.Receiver;
using OviFunctions.Webhooks;

namespace OviFunctions.Tests.DevStack.Receiver;

public sealed class WebhookReceiverTests : IAsyncLifetime
{
    private static readonly WebhookSecret Secret = WebhookSecret.Create();
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private WebhookReceiver _receiver = null!;

    public async Task InitializeAsync() => _receiver = await WebhookReceiver.StartAsync();

    public async Task DisposeAsync() => await _receiver.DisposeAsync();

    [Fact]
    public async Task Delivery_SignedWithAnyKnownSecret_IsValid()
    {
        _receiver.AddSecret(WebhookSecret.Create().Reveal());
        _receiver.AddSecret(Secret.Reveal());

        await PostAsync(Secret);
        await PostAsync(WebhookSecret.Create());
        await PostAsync(null);

        Assert.Equal(
            [WebhookVerification.Valid, WebhookVerification.WrongSignature, WebhookVerification.MissingHeader],
            _receiver.Deliveries.Entries.Select(d => d.Verification));
        Assert.All(_receiver.Deliveries.Entries, d => Assert.Equal(("/a/b", "{}"), (d.Path, Encoding.UTF8.GetString(d.Body.Span))));
    }

    [Fact]
    public async Task AnswerNext_SeveralAnswers_ComeInOrderBeforeTheUsualOne()
    {
        _receiver.AnswerNext(ReceiverAnswer.Failure, 2);
        _receiver.AnswerNext(ReceiverAnswer.Gone);
        _receiver.AnswerNext(ReceiverAnswer.BusyFor(3));

        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 5; i++) answers.Add(await PostAsync(Secret));

        Assert.Equal([500, 500, 410, 503, 200], answers.Select(a => (int)a.StatusCode));
        Assert.Equal(TimeSpan.FromSeconds(3), answers[3].Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task AnswerAt_AnswersThatPathOnly()
    {
        _receiver.AnswerAt("/elsewhere", ReceiverAnswer.Gone);
        _receiver.AnswerAt("/a/b", ReceiverAnswer.Failure, ReceiverAnswer.BusyFor(3));

        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 3; i++) answers.Add(await PostAsync(Secret));

        Assert.Equal([500, 503, 200], answers.Select(a => (int)a.StatusCode));
    }

    [Fact]
    public async Task AnswerAlways_Silence_NeverAnswersAndStillRecords()
    {
        _receiver.AnswerAlways(ReceiverAnswer.Silence);
        using var patience = new CancellationTokenSource();
        var posting = PostAsync(Secret, patience.Token);

        await _receiver.Deliveries.WaitAsync(d => d.Count == 1);
        Assert.False(posting.IsCompleted);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => posting);
    }

    [Fact]
    public async Task AnswerNext_Redirect_PointsElsewhere()
    {
        _receiver.AnswerNext(ReceiverAnswer.RedirectTo(new Uri(_receiver.Url, "other")));

        var answer = await PostAsync(Secret);

        Assert.Equal((HttpStatusCode.TemporaryRedirect, new Uri(_receiver.Url, "other")), (answer.StatusCode, answer.Headers.Location));
    }

    [Fact]
    public void AddSecret_ThatIsNone_Throws() => Assert.Throws<ArgumentException>(() => _receiver.AddSecret("whsec_"));

    private async Task<HttpResponseMessage> PostAsync(WebhookSecret? secret, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_receiver.Url, "a/b")) { Content = new StringContent("{}") };
        if (secret is not null)
        {
            var now = TimeProvider.System.GetUtcNow();
            request.Headers.Add(StandardWebhook.IdHeader, "msg_1");
            request.Headers.Add(StandardWebhook.TimestampHeader, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
            request.Headers.Add(StandardWebhook.SignatureHeader, StandardWebhook.Sign("msg_1", now, "{}"u8, [secret]));
        }

        return await Http.SendAsync(request, cancellationToken);
    }
}
