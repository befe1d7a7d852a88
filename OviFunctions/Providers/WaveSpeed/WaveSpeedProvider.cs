using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace OviFunctions.Providers.WaveSpeed;

/// <summary>One account at WaveSpeedAI (https://wavespeed.ai/docs).</summary>
/// <remarks>
/// WaveSpeed has no idempotency key, so what a submit's answer proves decides whether another one may be sent:
/// <list type="table">
/// <item><term>2xx with a prediction's id</term><description><see cref="SubmitResult.Accepted"/></description></item>
/// <item><term>no connection (DNS, refused, TLS)</term><description>
/// <see cref="SubmitResult.Rejected"/>: nothing was sent</description></item>
/// <item><term>4xx, or a 2xx without an id whose <c>code</c> is a 4xx or a client error (1xxx)</term><description>
/// <see cref="SubmitResult.Rejected"/>: whoever answered refused the request</description></item>
/// <item><term>5xx, 3xx, any other 2xx without an id</term><description><see cref="SubmitResult.Ambiguous"/>: "the task may already
/// have been created", as WaveSpeed's own client says</description></item>
/// <item><term>no whole answer (reset, time-out)</term><description>
/// <see cref="SubmitResult.Ambiguous"/>: the request may have been read</description></item>
/// </list>
/// A failed job is an HTTP 200 with <c>data.status</c> <c>failed</c>. There is nothing to cancel a job with.
/// </remarks>
public sealed class WaveSpeedProvider : IVideoProvider
{
    // The seeds that it documents, without -1, which is "choose one": then a later attempt would make another video.
    private const long LargestSeed = int.MaxValue;

    private readonly WaveSpeedOptions _options;
    private readonly string _base;
    private readonly ProviderTransport _transport;
    private readonly WaveSpeedWebhook _webhook;
    private readonly TimeProvider _time;
    private readonly ILogger<WaveSpeedProvider> _logger;

    /// <param name="options">The account.</param>
    /// <param name="http">The account's own client, over <see cref="ProviderHttp.CreateHandler"/>: it must not follow redirects.</param>
    /// <param name="time">The clock of the time-outs and of the age of callbacks.</param>
    /// <param name="logger">Receives no key, prompt or signed URL.</param>
    public WaveSpeedProvider(WaveSpeedOptions options, HttpClient http, TimeProvider time, ILogger<WaveSpeedProvider> logger)
    {
        _options = options;
        _base = options.BaseUrl.AbsoluteUri.TrimEnd('/');
        _transport = new ProviderTransport(http, "Authorization", $"Bearer {options.Key}", time);
        _webhook = new WaveSpeedWebhook(options.WebhookSecret, time);
        _time = time;
        _logger = logger;
    }

    public string Name => _options.Name;

    public bool CallsBack => !string.IsNullOrEmpty(_options.WebhookSecret);

    /// <summary>WaveSpeed's OVI has an image, a prompt and a seed, and nothing else.</summary>
    public ProviderOffer Offer(string model, RequestNeeds needs) => _options.Models.ContainsKey(model)
        ? ProviderOffer.Of(needs.Beyond(RequestFields.Image | RequestFields.Seed, LargestSeed), _options.CostUsd)
        : new ProviderOffer.NotOffered();

    public async Task<SubmitResult> SubmitAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        if (!_options.Models.TryGetValue(request.Model, out var model))
        {
            return new SubmitResult.Rejected(new ProviderFailure(
                FailureClass.ProviderUnavailable, null, $"The account has no name for the model {request.Model}."));
        }

        var callback = CallsBack ? $"?webhook={Uri.EscapeDataString(request.CallbackUrl.AbsoluteUri)}" : "";
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri($"{_base}/{model}{callback}"))
        {
            Content = JsonContent.Create(new Body(request.Prompt, request.ImageUrl?.AbsoluteUri, request.Seed)),
        };
        var started = _time.GetTimestamp();
        var reply = await _transport.SendAsync(message, _options.SubmitTimeout, cancellationToken);
        var result = reply.ToSubmitResult(answer => OutcomeOf(answer, request));
        _logger.Submitted(Name, result, _time.GetElapsedTime(started));
        return result;
    }

    public async Task<ReadResult> ReadAsync(ProviderJob job, CancellationToken cancellationToken)
    {
        if (ResultUrl(job) is not { } url)
            return new ReadResult.Unavailable($"no URL for the prediction {ProviderText.Clean(job.RequestId)}");
        var reply = await GetAsync(url, cancellationToken);
        var result = reply.ToReadResult(answer => WaveSpeedReads.Of(answer, _options.Key));
        _logger.Read(Name, job, result);
        return result;
    }

    /// <summary>WaveSpeed has no cancellation: a task that was begun is finished and billed.</summary>
    public Task<CancelResult> CancelAsync(ProviderJob job, CancellationToken cancellationToken) => Task.FromResult(CancelResult.NotPossible);

    public Task<CallbackResult> ReadCallbackAsync(ProviderCallback callback, CancellationToken cancellationToken) =>
        Task.FromResult(_webhook.Verify(callback));

    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        // A prediction that cannot exist: the key is checked before anybody looks.
        var reply = await GetAsync(new Uri($"{_base}/predictions/{Guid.Empty}/result"), cancellationToken);
        return reply is ProviderReply.Answer { IsSuccess: true } answer && WaveSpeedPrediction.Of(answer).Code is 401 or 403
            ? "the key is refused"
            : reply.ToKeyProblem();
    }

    private SubmitResult OutcomeOf(ProviderReply.Answer answer, SubmitRequest request)
    {
        var prediction = WaveSpeedPrediction.Of(answer);
        if (answer.IsSuccess && ProviderUrls.IsRequestId(prediction.Id))
            return new SubmitResult.Accepted(new ProviderJob(prediction.Id!, UrlsOf(prediction), request.Model));

        var refused = answer.IsSuccess ? prediction.Code is >= 400 and < 500 or >= 1000 and < 2000 : answer.Status is >= 400 and < 500;
        if (!refused) return new SubmitResult.Ambiguous($"HTTP {answer.Status} without a prediction id");
        var reason = prediction.Code is >= 400 and < 404 && OutOfCredits.IsSaidIn(prediction.Message, request)
            ? FailureClass.ProviderCredits
            : prediction.ErrorClass;
        var failure = prediction.ToFailure(reason, _options.Key, request.CallbackUrl.Segments[^1]);
        // The code is the status where there is one; a gateway's page speaks for nobody.
        int? status = ProviderJson.ParseObject(answer.Body) is null ? null : prediction.Code is >= 400 and < 500 and var code ? (int)code : answer.Status;
        return new SubmitResult.Rejected(AccountFault.Mark(failure, status) with { RetryAfterSeconds = answer.RetryAfter?.TotalSeconds });
    }

    // Only one on the configured host is kept; another is rebuilt when it is needed.
    private Dictionary<string, string> UrlsOf(WaveSpeedPrediction prediction) =>
        prediction.Data.Get("urls")?.GetText("get") is { } url && ProviderUrls.IsOnHostOf(_options.BaseUrl, url)
            ? new(StringComparer.Ordinal) { ["response"] = url }
            : [];

    // It has been through storage since it was checked, so it is checked again.
    private Uri? ResultUrl(ProviderJob job)
    {
        if (job.Urls?.GetValueOrDefault("response") is { } given && ProviderUrls.IsOnHostOf(_options.BaseUrl, given)) return new Uri(given);
        return ProviderUrls.IsRequestId(job.RequestId) ? new Uri($"{_base}/predictions/{job.RequestId}/result") : null;
    }

    private async Task<ProviderReply> GetAsync(Uri url, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, url);
        return await _transport.SendAsync(message, _options.ReadTimeout, cancellationToken);
    }

    private sealed record Body(
        [property: JsonPropertyName("prompt")] string Prompt,
        [property: JsonPropertyName("image"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Image,
        [property: JsonPropertyName("seed")] long Seed);
}
