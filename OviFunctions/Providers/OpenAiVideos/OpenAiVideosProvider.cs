using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using OviFunctions.Jobs;
using OviFunctions.Webhooks;

namespace OviFunctions.Providers.OpenAiVideos;

/// <summary>
/// One account at a server of the OpenAI Videos protocol (openai/openai-openapi, <c>/videos</c>). OpenAI's own service ended on
/// 2026-09-24; the protocol lives on at others.
/// </summary>
/// <remarks>
/// The protocol has no idempotency key, so what a submit's answer proves decides whether another one may be sent:
/// <list type="table">
/// <item><term>2xx with an id</term><description><see cref="SubmitResult.Accepted"/></description></item>
/// <item><term>no connection (DNS, refused, TLS)</term><description><see cref="SubmitResult.Rejected"/>: nothing was sent</description></item>
/// <item><term>4xx</term><description><see cref="SubmitResult.Rejected"/>: whoever answered refused the request</description></item>
/// <item><term>5xx with the protocol's error and <c>x-should-retry: true</c></term><description>
/// <see cref="SubmitResult.Rejected"/>: the server itself says that nothing came of it</description></item>
/// <item><term>any other 5xx, 3xx, 2xx without an id</term><description><see cref="SubmitResult.Ambiguous"/></description></item>
/// <item><term>no whole answer (reset, time-out)</term><description><see cref="SubmitResult.Ambiguous"/></description></item>
/// </list>
/// Nothing brings a job back whose answer was lost. Webhooks are set up for a whole project, not with a submit: they wake the
/// attempt of a video that is known, and carry no token of ours that could name another. A video has no field for one either (no
/// user, no metadata). <c>GET /videos</c> lists what was made lately, by prompt and time: two orders of one prompt cannot be told
/// apart there, and one buyer would get the other's video.
/// A video has no URL: it is read with the account's key, and what that leads to is read without it.
/// </remarks>
internal sealed partial class OpenAiVideosProvider(OpenAiVideosOptions options, HttpClient http, TimeProvider time, ILogger<OpenAiVideosProvider> logger)
    : IVideoProvider
{
    private readonly ProviderTransport _transport = new(http, "Authorization", $"Bearer {options.Key}", time);
    private readonly string _videos = $"{options.BaseUrl.AbsoluteUri.TrimEnd('/')}/videos";

    public string Name => options.Name;

    public bool CallsBack => false;

    public bool CallsBackToProject => options.WebhookSecret is not null;

    public bool TakesImageBytes => true;

    public ProviderOffer Offer(string model, RequestNeeds needs)
    {
        if (model != Sora2.ModelName || needs is not { Variant: { } variant, Seconds: { } seconds }) return new ProviderOffer.NotOffered();
        if (!options.Models.Has(variant)) return new ProviderOffer.Lacks(RequestFields.Variant);
        if (options.Models.Find(variant, needs.Resolution) is not { } line) return new ProviderOffer.Lacks(RequestFields.Resolution);
        return seconds <= line.MaxSeconds
            ? new ProviderOffer.Takes(line.CostUsdPerSecond!.Value * seconds)
            : new ProviderOffer.Lacks(RequestFields.Seconds);
    }

    public async Task<SubmitResult> SubmitAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        if (request.Variant is null || options.Models.Find(request.Variant, request.Resolution) is not { } line)
        {
            return new SubmitResult.Rejected(new ProviderFailure(
                FailureClass.ProviderUnavailable, null, $"The account's Models have no {request.Variant} in {request.Resolution}."));
        }

        using var message = OpenAiVideosSubmission.Build(new Uri(_videos), line.Name, request);
        var started = time.GetTimestamp();
        var result = (await _transport.SendAsync(message, options.SubmitTimeout, cancellationToken)).ToSubmitResult(answer => OutcomeOf(answer, request.Model));
        logger.Submitted(Name, result, time.GetElapsedTime(started));
        return result;
    }

    public async Task<ReadResult> ReadAsync(ProviderJob job, CancellationToken cancellationToken)
    {
        if (UrlOf(job) is not { } url) return new ReadResult.Unavailable($"{ProviderText.Clean(job.RequestId)} is no id of a video");
        var result = (await GetAsync(url, cancellationToken)).ToReadResult(StateOf);
        logger.Read(Name, job, result);
        return result;
    }

    public async Task<ContentResult> OpenContentAsync(ProviderJob job, CancellationToken cancellationToken)
    {
        if (UrlOf(job) is not { } video) return new ContentResult.Failed(new ProviderFailure(FailureClass.BadResult, null, "This is no id of a video."), MayPass: false);
        var url = new Uri($"{video.AbsoluteUri}/content");
        using var message = new HttpRequestMessage(HttpMethod.Get, url);
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*"));
        return await _transport.SendAsync(message, options.ContentTimeout, cancellationToken, isStream: _ => true) switch
        {
            ProviderReply.Opened opened => new ContentResult.Opened(opened.Content),
            // To a store of the server's: the key stays here.
            ProviderReply.Answer { Status: > 300 and < 400, Headers.Location: { } location } => new ContentResult.Elsewhere(new Uri(url, location).OriginalString),
            ProviderReply.Answer answer => Refused(answer),
            ProviderReply.NotSent refused => Unavailable(refused.Reason),
            ProviderReply.Lost lost => Unavailable(lost.Reason),
            var unknown => throw new InvalidOperationException($"{unknown.GetType().Name} is not a reply."),
        };
    }

    /// <summary>The protocol has none: DELETE removes a video that is finished.</summary>
    public Task<CancelResult> CancelAsync(ProviderJob job, CancellationToken cancellationToken) => Task.FromResult(CancelResult.NotPossible);

    /// <summary>A project's webhook, signed as Standard Webhooks: <c>{"type":"video.completed","data":{"id":"video_..."}}</c>.</summary>
    public Task<CallbackResult> ReadCallbackAsync(ProviderCallback callback, CancellationToken cancellationToken)
    {
        if (options.WebhookSecret is not { } secret) return Task.FromResult<CallbackResult>(new CallbackResult.Refused("the account has no WebhookSecret"));
        var (id, timestamp, signatures) = (Header(StandardWebhook.IdHeader), Header(StandardWebhook.TimestampHeader), Header(StandardWebhook.SignatureHeader));
        var verification = StandardWebhook.Verify(id, timestamp, signatures, callback.Body.Span, [secret], time.GetUtcNow());
        var video = ProviderJson.ParseObject(callback.Body)?.Get("data")?.GetText("id");
        return Task.FromResult<CallbackResult>(
            verification != WebhookVerification.Valid ? new CallbackResult.Refused($"the signature is not valid ({verification})")
            : IsVideoId(video) ? new CallbackResult.Genuine(video!)
            : new CallbackResult.Refused("it is about no video"));

        string? Header(string name) => callback.Headers.GetValueOrDefault(name);
    }

    public async Task<string?> CheckAsync(CancellationToken cancellationToken) => (await GetAsync(new Uri($"{_videos}?limit=1"), cancellationToken)).ToKeyProblem();

    private SubmitResult OutcomeOf(ProviderReply.Answer answer, string model)
    {
        if (answer.IsSuccess)
        {
            var id = ProviderJson.ParseObject(answer.Body)?.GetText("id");
            return IsVideoId(id) ? new SubmitResult.Accepted(new ProviderJob(id!, Model: model)) : new SubmitResult.Ambiguous($"HTTP {answer.Status} without an id");
        }

        var error = OpenAiVideosError.Of(answer);
        var isRefusal = answer.Status is >= 400 and < 500 || (answer.Status >= 500 && error.IsTyped && answer.ShouldRetry() == true);
        // A key or an account is refused in JSON of many kinds, of which some are not the protocol's; a page is a gateway's.
        var isOfAccount = error.IsTyped || (answer.Status is 401 or 402 && ProviderJson.ParseObject(answer.Body) is not null);
        return isRefusal
            ? new SubmitResult.Rejected(AccountFault.Mark(error.ToFailure(options.Key, answer.TryAgainAfter()), isOfAccount ? error.Status : null))
            : new SubmitResult.Ambiguous($"HTTP {answer.Status}{(error.Code is null ? "" : $" {ProviderText.CleanCode(error.Code)}")}");
    }

    private ReadResult StateOf(ProviderReply.Answer answer)
    {
        if (ProviderJson.ParseObject(answer.Body) is not { } video || !answer.IsSuccess)
        {
            // "Not found" in JSON speaks of the video. Anything else speaks of this read: the video may be in work all the same.
            return answer.Status is 404 or 410 && ProviderJson.ParseObject(answer.Body) is not null
                ? new ReadResult.Failed(OpenAiVideosError.Of(answer).ToFailure(options.Key) with { Class = FailureClass.ResultExpired })
                : new ReadResult.Unavailable($"HTTP {answer.Status}{(answer.IsSuccess ? " without JSON" : "")}", answer.TryAgainAfter());
        }

        return video.GetText("status") switch
        {
            "completed" => new ReadResult.Succeeded(new ProviderVideo(null, null)),
            "failed" => new ReadResult.Failed(OpenAiVideosError.OfVideo(video).ToFailure(options.Key)),
            "expired" => Ended(FailureClass.ResultExpired, "expired"),
            "cancelled" or "canceled" => Ended(FailureClass.Cancelled, "cancelled"),
            // queued, in_progress, or something new: not over, as far as is known. The caller has a deadline.
            _ => new ReadResult.Running(answer.PollAfter()),
        };

        static ReadResult.Failed Ended(FailureClass @class, string status) => new(new ProviderFailure(@class, status, $"The video's status is {status}."));
    }

    private ContentResult.Failed Refused(ProviderReply.Answer answer)
    {
        var failure = OpenAiVideosError.Of(answer).ToFailure(options.Key, answer.TryAgainAfter());
        return answer.Status switch
        {
            401 or 403 or 404 or 410 => new ContentResult.Failed(failure with { Class = FailureClass.ResultExpired }, MayPass: true),
            408 or 409 or 425 or 429 or >= 500 => new ContentResult.Failed(failure with { Class = FailureClass.ProviderUnavailable }, MayPass: true),
            _ => new ContentResult.Failed(failure with { Class = FailureClass.BadResult }, MayPass: false),
        };
    }

    private static ContentResult.Failed Unavailable(string reason) =>
        new(new ProviderFailure(FailureClass.ProviderUnavailable, null, reason), MayPass: true);

    private async Task<ProviderReply> GetAsync(Uri url, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, url);
        return await _transport.SendAsync(message, options.ReadTimeout, cancellationToken);
    }

    private Uri? UrlOf(ProviderJob job) => IsVideoId(job.RequestId) ? new Uri($"{_videos}/{Uri.EscapeDataString(job.RequestId)}") : null;

    /// <summary>It becomes a part of URLs that carry the key. Gateways pack a name and an id of theirs into it, in base64.</summary>
    private static bool IsVideoId(string? id) => id is not null && VideoId().IsMatch(id);

    [GeneratedRegex(@"\A[A-Za-z0-9_-][A-Za-z0-9_.:=+~-]{0,511}\z", RegexOptions.CultureInvariant)]
    private static partial Regex VideoId();
}
