using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using OviFunctions.Configuration;

namespace OviFunctions.Providers.Segmind;

/// <summary>One account at Segmind (https://docs.segmind.com/docs/serverless-api), under either of its contracts.</summary>
/// <remarks>
/// Version 2 submits, polls and fetches. Version 1 is one call that lasts as long as the generation and answers with the MP4 or
/// with JSON that names it. Segmind has neither idempotency keys nor callbacks nor a cancellation, and says that each POST makes a new job:
/// <list type="table">
/// <item><term>200 with a request id (V2), the video or its URL (V1)</term><description>
/// <see cref="SubmitResult.Accepted"/>, <see cref="SubmitResult.Finished"/></description></item>
/// <item><term>no connection (DNS, refused, TLS)</term><description>
/// <see cref="SubmitResult.Rejected"/>: nothing was sent</description></item>
/// <item><term>4xx, and a 5xx in Segmind's own JSON</term><description>
/// <see cref="SubmitResult.Rejected"/>: only a 200 is billed</description></item>
/// <item><term>200 with JSON that has no video (V1)</term><description>
/// <see cref="SubmitResult.Rejected"/>, and billed: the call is over</description></item>
/// <item><term>any other 5xx, 3xx, a 2xx without what was asked for</term><description><see cref="SubmitResult.Ambiguous"/></description></item>
/// <item><term>no whole answer (reset, time-out)</term><description>
/// <see cref="SubmitResult.Ambiguous"/>: the request may have been read, and no callback can bring the job back</description></item>
/// </list>
/// </remarks>
public sealed class SegmindProvider : IVideoProvider
{
    // Its seed is an integer of which the range is not published. -1 is "choose one": then a later attempt would make another video.
    private const long LargestSeed = int.MaxValue;

    private const RequestFields Honoured =
        RequestFields.Image | RequestFields.NegativePrompt | RequestFields.AudioNegativePrompt | RequestFields.Seed;

    private readonly SegmindOptions _options;
    private readonly string _base;
    private readonly SegmindSubmits _submits;
    private readonly ProviderTransport _transport;
    private readonly TimeProvider _time;
    private readonly ILogger<SegmindProvider> _logger;

    /// <param name="options">The account.</param>
    /// <param name="http">
    /// The account's own client, over <see cref="ProviderHttp.CreateHandler"/>: it must not follow redirects, nor end a call of version 1.
    /// </param>
    /// <param name="time">The clock of the time-outs.</param>
    /// <param name="logger">Receives no key, prompt or signed URL.</param>
    public SegmindProvider(SegmindOptions options, HttpClient http, TimeProvider time, ILogger<SegmindProvider> logger)
    {
        _options = options;
        _base = options.BaseUrl.AbsoluteUri.TrimEnd('/');
        _submits = new SegmindSubmits(options, time);
        _transport = new ProviderTransport(http, "x-api-key", options.Key, time);
        _time = time;
        _logger = logger;
    }

    public string Name => _options.Name;

    public bool CallsBack => false;

    /// <summary>Segmind's OVI has an image, a prompt, both negative prompts and a seed.</summary>
    public ProviderOffer Offer(string model, RequestNeeds needs) => _options.Models.ContainsKey(model)
        ? ProviderOffer.Of(needs.Beyond(Honoured, LargestSeed), _options.CostUsd)
        : new ProviderOffer.NotOffered();

    public async Task<SubmitResult> SubmitAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        if (!_options.Models.TryGetValue(request.Model, out var model))
        {
            return new SubmitResult.Rejected(new ProviderFailure(
                FailureClass.ProviderUnavailable, null, $"The account has no name for the model {request.Model}."));
        }

        var started = _time.GetTimestamp();
        var result = _options.Version == SegmindVersion.V1
            ? _submits.OfFinished(await PostAsync($"v1/{model}", request, _options.GenerationTimeout, IsVideo, cancellationToken), request)
            : _submits.OfQueued(await PostAsync($"v2/{model}", request, _options.SubmitTimeout, null, cancellationToken), request);
        _logger.Submitted(Name, result, _time.GetElapsedTime(started));
        return result;
    }

    public async Task<ReadResult> ReadAsync(ProviderJob job, CancellationToken cancellationToken)
    {
        if (UrlOf(job, "status", "/status") is not { } statusUrl || UrlOf(job, "response", "") is not { } responseUrl)
            return new ReadResult.Unavailable($"no URL for the request {ProviderText.Clean(job.RequestId)}");

        var completed = false;
        var result = (await GetAsync(statusUrl, cancellationToken)).ToReadResult(answer =>
        {
            var status = SegmindReads.OfStatus(answer, _options.Key, _time.GetUtcNow());
            completed = status is null;
            return status ?? new ReadResult.Running();
        });
        if (completed)
        {
            result = (await GetAsync(responseUrl, cancellationToken)).ToReadResult(
                answer => SegmindReads.OfOutput(answer, _options.Key, _time.GetUtcNow()));
        }

        _logger.Read(Name, job, result);
        return result;
    }

    /// <summary>Segmind has no cancellation: a job that was begun is finished and billed.</summary>
    public Task<CancelResult> CancelAsync(ProviderJob job, CancellationToken cancellationToken) => Task.FromResult(CancelResult.NotPossible);

    public Task<CallbackResult> ReadCallbackAsync(ProviderCallback callback, CancellationToken cancellationToken) =>
        Task.FromResult<CallbackResult>(new CallbackResult.Refused("Segmind sends no callbacks"));

    public async Task<string?> CheckAsync(CancellationToken cancellationToken) =>
        // A request that cannot exist: the key is checked before anybody looks.
        (await GetAsync(new Uri($"{_base}/v2/requests/{Guid.Empty}/status"), cancellationToken)).ToKeyProblem();

    private static bool IsVideo(HttpContentHeaders headers) => headers.ContentType?.MediaType is { } type
        && (type.StartsWith("video/", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("/octet-stream", StringComparison.OrdinalIgnoreCase));

    // The URLs have been through storage since they were checked, so they are checked again.
    private Uri? UrlOf(ProviderJob job, string name, string suffix)
    {
        if (job.Urls?.GetValueOrDefault(name) is { } given && ProviderUrls.IsOnHostOf(_options.BaseUrl, given)) return new Uri(given);
        return ProviderUrls.IsRequestId(job.RequestId) ? new Uri($"{_base}/v2/requests/{job.RequestId}{suffix}") : null;
    }

    private async Task<ProviderReply> PostAsync(
        string path, SubmitRequest request, TimeSpan timeout, Predicate<HttpContentHeaders>? isStream, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri($"{_base}/{path}"))
        {
            Content = JsonContent.Create(new Body(
                request.Prompt, request.ImageUrl?.AbsoluteUri, request.NegativePrompt, request.AudioNegativePrompt, request.Seed)),
        };
        return await _transport.SendAsync(message, timeout, cancellationToken, isStream);
    }

    private async Task<ProviderReply> GetAsync(Uri url, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, url);
        return await _transport.SendAsync(message, _options.ReadTimeout, cancellationToken);
    }

    private sealed record Body(
        [property: JsonPropertyName("prompt")] string Prompt,
        [property: JsonPropertyName("image")] string? Image,
        [property: JsonPropertyName("video_negative_prompt")] string VideoNegativePrompt,
        [property: JsonPropertyName("audio_negative_prompt")] string AudioNegativePrompt,
        [property: JsonPropertyName("seed")] long Seed);
}
