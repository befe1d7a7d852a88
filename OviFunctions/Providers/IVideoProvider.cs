using System.Text.Json.Serialization;

namespace OviFunctions.Providers;

/// <summary>
/// One configured account at a video provider. A new provider is one folder with an implementation of this
/// interface and one line of registration.
/// </summary>
/// <remarks>
/// Expected failures are values, never exceptions: only a cancellation or a bug throws. An implementation does
/// not retry a submit by itself; whether a second one may be sent is decided by the caller, who keeps the journal.
/// </remarks>
public interface IVideoProvider
{
    /// <summary>The configured name of this account, for example <c>fal</c>; unique, lower case.</summary>
    string Name { get; }

    /// <summary>Whether a callback of this provider can bring back a job whose submit answer was lost.</summary>
    bool CallsBack => true;

    /// <summary>Whether a submit carries the image itself, instead of a URL of ours.</summary>
    bool TakesImageBytes => false;

    /// <summary>What this account would do with a request.</summary>
    /// <param name="model">Our name of the model.</param>
    /// <param name="needs">What the request needs.</param>
    ProviderOffer Offer(string model, RequestNeeds needs);

    /// <summary>Sends one job. At most one POST that could cost money leaves in a call.</summary>
    Task<SubmitResult> SubmitAsync(SubmitRequest request, CancellationToken cancellationToken);

    /// <summary>Reads the job's state and, when it is finished, its result, with our credentials.</summary>
    Task<ReadResult> ReadAsync(ProviderJob job, CancellationToken cancellationToken);

    /// <summary>Opens a finished video that has no URL of its own, with our credentials.</summary>
    Task<ContentResult> OpenContentAsync(ProviderJob job, CancellationToken cancellationToken) => Task.FromResult<ContentResult>(
        new ContentResult.Failed(new ProviderFailure(FailureClass.BadResult, null, "The result has no URL, and this provider gives its videos at URLs."), MayPass: false));

    /// <summary>Asks the provider to stop a job; best effort.</summary>
    Task<CancelResult> CancelAsync(ProviderJob job, CancellationToken cancellationToken);

    /// <summary>Checks the signature of a callback and reads which job it is about. A callback is only a hint.</summary>
    Task<CallbackResult> ReadCallbackAsync(ProviderCallback callback, CancellationToken cancellationToken);

    /// <summary>Tries the account's key without spending anything.</summary>
    /// <returns>What is wrong, in words; null when the key is taken.</returns>
    Task<string?> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>What a provider needs to make one video.</summary>
/// <param name="Model">Our name of the model, for example <c>ovi/image-to-video</c>.</param>
/// <param name="Prompt">The buyer's prompt; never logged.</param>
/// <param name="ImageUrl">A short-lived URL of ours from which the provider reads the image; null for a job without one.</param>
/// <param name="NegativePrompt">What the picture should not show.</param>
/// <param name="AudioNegativePrompt">What the sound should not have.</param>
/// <param name="Steps">Inference steps, 1 to 50.</param>
/// <param name="Seed">The seed, the buyer's or ours; always set, so that every attempt makes the same video.</param>
/// <param name="Options">The buyer's provider options, already limited to the allowed keys.</param>
/// <param name="CallbackUrl">Where the provider should report; the path carries an unguessable token.</param>
public sealed record SubmitRequest(
    string Model,
    string Prompt,
    Uri? ImageUrl,
    string NegativePrompt,
    string AudioNegativePrompt,
    int Steps,
    long Seed,
    IReadOnlyDictionary<string, string> Options,
    Uri CallbackUrl)
{
    /// <summary>The size asked for, <c>WxH</c>.</summary>
    public required string Resolution { get; init; }

    /// <summary>The length asked for; null for a model of which all clips are equally long.</summary>
    public int? Seconds { get; init; }

    /// <summary>Which of the model's variants; null for a model without.</summary>
    public string? Variant { get; init; }

    /// <summary>The image itself, for a provider with <see cref="IVideoProvider.TakesImageBytes"/>; null for the others, and for a job without one.</summary>
    public SubmitImage? Image { get; init; }
}

/// <summary>An image that a submit carries.</summary>
/// <param name="MediaType">image/png, image/jpeg or image/webp.</param>
/// <param name="Bytes">At most 10 MiB.</param>
public sealed record SubmitImage(string MediaType, ReadOnlyMemory<byte> Bytes);

/// <summary>A job at a provider: its id there, and the URLs that the provider gave for it.</summary>
/// <param name="RequestId">The provider's id of the job.</param>
/// <param name="Urls">Named URLs (<c>status</c>, <c>response</c>, <c>cancel</c>), checked to lie on the provider's own hosts.</param>
/// <param name="Model">
/// Our name of the model. Needed where <paramref name="Urls"/> is not known: a job whose submit answer was lost and
/// whose id came with a callback.
/// </param>
public sealed record ProviderJob(string RequestId, IReadOnlyDictionary<string, string>? Urls = null, string? Model = null);

/// <summary>A finished video: a URL to fetch it from, or the open stream of a provider that answers with bytes, or neither.</summary>
/// <param name="Url">
/// Where the MP4 can be read without credentials; null when <paramref name="Content"/> is set, or when
/// <see cref="IVideoProvider.OpenContentAsync"/> opens it.
/// </param>
/// <param name="Seed">The seed that the provider says it used.</param>
/// <param name="Content">The bytes, when the provider answered with them; the receiver disposes it.</param>
public sealed record ProviderVideo(string? Url, long? Seed, Stream? Content = null);

/// <summary>Why a job failed at a provider, in our classes, with the provider's own words for the operator.</summary>
/// <param name="Class">The normalised class.</param>
/// <param name="Code">The provider's code, verbatim; null when it gave none.</param>
/// <param name="Message">The provider's text, scrubbed of secrets and cut to 500 characters. Not for buyers.</param>
public sealed record ProviderFailure(FailureClass Class, string? Code, string Message)
{
    /// <summary>The code of a failure of which the provider knows nothing: nothing was sent to it.</summary>
    public const string NotSent = "not_sent";

    /// <summary>
    /// The account is at fault, not the job: no credits, a key that is refused, a model that is gone. It leaves the rotation, and no
    /// buyer is blamed. Set with <see cref="AccountFault.Mark"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsOurs { get; init; }

    /// <summary>Of what is the account's fault: whether only this model is concerned.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsModelGone { get; init; }

    /// <summary>When the provider asked to be left alone: for how many seconds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RetryAfterSeconds { get; init; }
}

/// <summary>Normalised failure classes (providers.md section 8).</summary>
public enum FailureClass
{
    InvalidInput,
    ContentPolicy,
    InputUnreachable,
    ProviderUnavailable,
    ProviderTimeout,
    RateLimited,
    ProviderCredits,
    AmbiguousSubmit,
    ResultExpired,
    BadResult,

    /// <summary>The provider stopped the job because we asked it to: the confirmation of a cancellation.</summary>
    Cancelled,
}

/// <summary>How a submit ended.</summary>
public abstract record SubmitResult
{
    private SubmitResult() { }

    /// <summary>The provider took the job and works on it.</summary>
    public sealed record Accepted(ProviderJob Job) : SubmitResult;

    /// <summary>The provider answered with the finished video.</summary>
    public sealed record Finished(ProviderVideo Video) : SubmitResult;

    /// <summary>The request left, the answer was lost or said nothing: the job may exist and cost money.</summary>
    public sealed record Ambiguous(string Reason) : SubmitResult;

    /// <summary>The provider certainly did not take the job, or is done with it and has no video.</summary>
    public sealed record Rejected(ProviderFailure Failure) : SubmitResult
    {
        /// <summary>Whether the provider bills it all the same: it answered that all went well, without a video.</summary>
        public bool Billed { get; init; }
    }
}

/// <summary>What an authenticated read of a job found.</summary>
public abstract record ReadResult
{
    private ReadResult() { }

    /// <summary>Queued or in work, or in a state that is not known to us.</summary>
    /// <param name="NextRead">When the provider wants to be asked again; null when it did not say.</param>
    public sealed record Running(TimeSpan? NextRead = null) : ReadResult;

    /// <summary>Done; the video can be fetched.</summary>
    public sealed record Succeeded(ProviderVideo Video) : ReadResult;

    /// <summary>The job failed for good.</summary>
    public sealed record Failed(ProviderFailure Failure) : ReadResult;

    /// <summary>The read itself did not work (5xx, 429, network); the job's state is unknown. Try again.</summary>
    /// <param name="Reason">Why, for the log.</param>
    /// <param name="RetryAfter">When the provider wants to be asked again; null when it did not say.</param>
    public sealed record Unavailable(string Reason, TimeSpan? RetryAfter = null) : ReadResult;
}

/// <summary>How opening a finished video with our credentials ended.</summary>
public abstract record ContentResult
{
    private ContentResult() { }

    /// <summary>Its bytes, within a time limit; the receiver disposes them.</summary>
    public sealed record Opened(Stream Content) : ContentResult;

    /// <summary>The provider leads to another place, where no credentials go; nobody has checked it.</summary>
    public sealed record Elsewhere(string Url) : ContentResult;

    /// <summary>It was not opened.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="MayPass">Whether it may be opened later.</param>
    public sealed record Failed(ProviderFailure Failure, bool MayPass) : ContentResult;
}

/// <summary>How a cancellation ended.</summary>
public enum CancelResult
{
    /// <summary>The provider took the request; the job may still finish.</summary>
    Requested,

    /// <summary>The provider says that the job is finished already.</summary>
    AlreadyFinished,

    /// <summary>The provider cannot cancel, or does not know the job, or did not answer.</summary>
    NotPossible,

    /// <summary>The provider says that the job never ran and will not run.</summary>
    Confirmed,
}

/// <summary>A callback as it arrived: headers (names in lower case) and the raw body.</summary>
public sealed record ProviderCallback(IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body);

/// <summary>What a callback says, once its signature was checked.</summary>
public abstract record CallbackResult
{
    private CallbackResult() { }

    /// <summary>A genuine callback about this job. Its content is a hint; the job is read before it is believed.</summary>
    public sealed record Genuine(string RequestId) : CallbackResult;

    /// <summary>Not signed by the provider, too old, or malformed.</summary>
    public sealed record Refused(string Reason) : CallbackResult;
}
