using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace OviFunctions.Providers.Fal;

/// <summary>One account at fal.ai, over its queue API (https://fal.ai/docs/api-reference/inference-api).</summary>
/// <remarks>
/// fal has no idempotency key, so what a submit's answer proves decides whether another one may be sent:
/// <list type="table">
/// <item><term>2xx with a request id</term><description><see cref="SubmitResult.Accepted"/></description></item>
/// <item><term>no connection (DNS, refused, TLS)</term><description>
/// <see cref="SubmitResult.Rejected"/>: nothing was sent</description></item>
/// <item><term>4xx</term><description><see cref="SubmitResult.Rejected"/>: whoever answered refused the request</description></item>
/// <item><term>5xx that fal itself typed (<c>x-fal-request-id</c> and an error type)</term><description>
/// <see cref="SubmitResult.Rejected"/>: fal says that this request ended in that error, and does not charge it</description></item>
/// <item><term>any other 5xx, 3xx, 2xx without an id</term><description><see cref="SubmitResult.Ambiguous"/>: a gateway may have
/// given up on a request that the queue behind it took</description></item>
/// <item><term>no whole answer (reset, time-out)</term><description>
/// <see cref="SubmitResult.Ambiguous"/>: the request may have been read</description></item>
/// </list>
/// A failed job has the status <c>COMPLETED</c>; the result URL then answers with the model's own error.
/// </remarks>
public sealed class FalProvider : IVideoProvider
{
    private readonly FalOptions _options;
    private readonly FalUrls _urls;
    private readonly ProviderTransport _transport;
    private readonly FalWebhookVerifier _verifier;
    private readonly TimeProvider _time;
    private readonly ILogger<FalProvider> _logger;

    /// <param name="options">The account.</param>
    /// <param name="http">The account's own client, over <see cref="ProviderHttp.CreateHandler"/>: it must not follow redirects.</param>
    /// <param name="verifier">Checks callbacks; one per account, because it caches fal's keys.</param>
    /// <param name="time">The clock of the time-outs.</param>
    /// <param name="logger">Receives no key, prompt or signed URL.</param>
    public FalProvider(FalOptions options, HttpClient http, FalWebhookVerifier verifier, TimeProvider time, ILogger<FalProvider> logger)
    {
        _options = options;
        _urls = new FalUrls(options);
        _transport = new ProviderTransport(http, "Authorization", $"Key {options.Key}", time);
        _verifier = verifier;
        _time = time;
        _logger = logger;
    }

    public string Name => _options.Name;

    /// <summary>fal honours every field of its models; its range of seeds is not published.</summary>
    public ProviderOffer Offer(string model, RequestNeeds needs) =>
        _options.Endpoints.ContainsKey(model) ? new ProviderOffer.Takes(_options.CostUsd) : new ProviderOffer.NotOffered();

    public async Task<SubmitResult> SubmitAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        if (_urls.Submit(request.Model, request.CallbackUrl) is not { } url)
        {
            return new SubmitResult.Rejected(new ProviderFailure(
                FailureClass.ProviderUnavailable, null, $"The account has no endpoint for the model {request.Model}."));
        }

        using var message = FalSubmission.Build(url, request);
        var started = _time.GetTimestamp();
        var reply = await _transport.SendAsync(message, _options.SubmitTimeout, cancellationToken);
        var result = reply.ToSubmitResult(answer => OutcomeOf(answer, request.Model));
        _logger.Submitted(Name, result, _time.GetElapsedTime(started));
        return result;
    }

    public async Task<ReadResult> ReadAsync(ProviderJob job, CancellationToken cancellationToken)
    {
        if (_urls.Status(job) is not { } statusUrl || _urls.Result(job) is not { } resultUrl)
        {
            return new ReadResult.Unavailable($"no URL for the request {ProviderText.Clean(job.RequestId)} of the model {job.Model}");
        }

        var reply = await GetAsync(statusUrl, cancellationToken);
        var result = reply is ProviderReply.Answer { IsSuccess: true } status
            ? await AfterStatusAsync(status, resultUrl, cancellationToken)
            : reply.ToReadResult(answer => FalReads.OfRefusedStatus(answer, _options.Key));
        _logger.Read(Name, job, result);
        return result;
    }

    public async Task<CancelResult> CancelAsync(ProviderJob job, CancellationToken cancellationToken)
    {
        if (_urls.Cancel(job) is not { } url) return CancelResult.NotPossible;
        using var message = new HttpRequestMessage(HttpMethod.Put, url);
        var reply = await _transport.SendAsync(message, _options.ReadTimeout, cancellationToken);
        return reply is ProviderReply.Answer answer ? CancelOutcomeOf(answer) : CancelResult.NotPossible;
    }

    public Task<CallbackResult> ReadCallbackAsync(ProviderCallback callback, CancellationToken cancellationToken) =>
        _verifier.VerifyAsync(callback, cancellationToken);

    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        // A job that cannot exist: fal checks the key before it looks.
        var nobody = new ProviderJob(Guid.Empty.ToString(), Model: _options.Endpoints.Keys.First());
        return (await GetAsync(_urls.Status(nobody)!, cancellationToken)).ToKeyProblem();
    }

    private SubmitResult OutcomeOf(ProviderReply.Answer answer, string model)
    {
        if (answer.IsSuccess)
        {
            var body = ProviderJson.ParseObject(answer.Body);
            var id = body?.GetText("request_id");
            return ProviderUrls.IsRequestId(id)
                ? new SubmitResult.Accepted(new ProviderJob(id!, UrlsOf(body!.Value), model))
                : new SubmitResult.Ambiguous($"HTTP {answer.Status} without a request id");
        }

        var error = FalError.Of(answer);
        var falSaysSo = answer.Header("x-fal-request-id") is not null && error.Type is not null;
        // A gateway's page speaks for nobody, and the model only of this job.
        var isOfAccount = ProviderJson.ParseObject(answer.Body) is not null && !error.IsFromModel;
        return answer.Status is >= 400 and < 500 || (answer.Status >= 500 && falSaysSo)
            ? new SubmitResult.Rejected(AccountFault.Mark(
                error.ToFailure(_options.Key) with { RetryAfterSeconds = answer.RetryAfter?.TotalSeconds }, isOfAccount ? answer.Status : null))
            : new SubmitResult.Ambiguous($"HTTP {answer.Status}{(error.Type is null ? "" : $" {ProviderText.CleanCode(error.Type)}")}");
    }

    // Only those on the configured host are kept; the others are rebuilt when they are needed.
    private Dictionary<string, string> UrlsOf(JsonElement body)
    {
        var urls = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in (string[])["status", "response", "cancel"])
        {
            if (body.GetText($"{name}_url") is { } url && ProviderUrls.IsOnHostOf(_options.QueueUrl, url)) urls[name] = url;
        }

        return urls;
    }

    private async Task<ReadResult> AfterStatusAsync(ProviderReply.Answer answer, Uri resultUrl, CancellationToken cancellationToken)
    {
        if (ProviderJson.ParseObject(answer.Body) is not { } status)
            return new ReadResult.Unavailable($"HTTP {answer.Status} without JSON from the status URL");

        // IN_QUEUE, IN_PROGRESS, or something new: not over, as far as is known. The caller has a deadline.
        if (status.GetText("status") != "COMPLETED") return new ReadResult.Running();

        // Read even when the status tells of an error: only the model's answer says whether it was the buyer's input.
        return FalReads.OfResult(FalError.OfStatus(status), await GetAsync(resultUrl, cancellationToken), _options.Key);
    }

    private async Task<ProviderReply> GetAsync(Uri url, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, url);
        return await _transport.SendAsync(message, _options.ReadTimeout, cancellationToken);
    }

    // 200 OK: removed from the queue. 202 CANCELLATION_REQUESTED: a runner was told and may still finish.
    private static CancelResult CancelOutcomeOf(ProviderReply.Answer answer) => ProviderJson.ParseObject(answer.Body)?.GetText("status") switch
    {
        "ALREADY_COMPLETED" => CancelResult.AlreadyFinished,
        "NOT_FOUND" => CancelResult.NotPossible,
        "OK" when answer.IsSuccess => CancelResult.Confirmed,
        _ => answer.IsSuccess ? CancelResult.Requested : CancelResult.NotPossible,
    };
}
