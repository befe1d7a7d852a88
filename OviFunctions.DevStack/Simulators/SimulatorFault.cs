using System.Text.Json;
using System.Text.Json.Serialization;

namespace OviFunctions.DevStack.Simulators;

/// <summary>
/// How a simulated provider misbehaves with one job. The default is one that works; what its protocol does not know has no effect. As JSON (<c>POST /_faults</c>) the names are in
/// snake case: <c>{"outcome":"content_policy","webhook":"lost"}</c>.
/// </summary>
public sealed record SimulatorFault
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>What goes wrong with the submit itself.</summary>
    public SubmitFault Submit { get; init; }

    /// <summary>How the job ends.</summary>
    public SimulatedOutcome Outcome { get; init; }

    /// <summary>What goes wrong with the webhook.</summary>
    public WebhookFault Webhook { get; init; }

    /// <summary>What is wrong with the video file.</summary>
    public MediaFault Media { get; init; }

    /// <summary>How many reads of the video file, or URLs of it, have that fault first; every one by default.</summary>
    public int MediaFailures { get; init; } = int.MaxValue;

    /// <summary>How long the job waits in the queue; the simulator's own value when null.</summary>
    public int? QueueMilliseconds { get; init; }

    /// <summary>How long the job is in progress; the simulator's own value when null.</summary>
    public int? ProcessingMilliseconds { get; init; }

    /// <summary>How much later than the job's end a late webhook leaves.</summary>
    public int LateMilliseconds { get; init; } = 1000;

    /// <summary>How many reads of the status answer with a gateway's 503 first.</summary>
    public int StatusFailures { get; init; }

    /// <summary>How many reads of the result answer with a gateway's 504 first.</summary>
    public int ResultFailures { get; init; }

    /// <summary>fal: whether the status of a failed job has no <c>error</c>, as older apps do: only the result URL tells.</summary>
    public bool StatusHidesError { get; init; }

    /// <summary>Whether a cancellation of a running job is acknowledged and then has no effect.</summary>
    public bool CancelHasNoEffect { get; init; }
}

/// <summary>Faults of a submit. "Taken" means that the job exists and is worked on although the caller cannot know.</summary>
public enum SubmitFault
{
    None,

    /// <summary>The input is refused (fal 422 with a typed error, WaveSpeed and OpenAI 400, Segmind 406); not taken.</summary>
    Invalid,

    /// <summary>401; not taken.</summary>
    Unauthorized,

    /// <summary>
    /// The account has no money left (fal 403 "User is locked. Reason: Exhausted balance.", WaveSpeed 402, Segmind 406,
    /// OpenAI 429 <c>insufficient_quota</c>); not taken.
    /// </summary>
    Locked,

    /// <summary>429, with when to come back as the provider says that (WaveSpeed does not); not taken.</summary>
    RateLimited,

    /// <summary>A 5xx from the provider itself, in its own form (fal 503 <c>runner_scheduling_failure</c>); not taken.</summary>
    ServerError,

    /// <summary>502 from a gateway in front; not taken.</summary>
    GatewayErrorBefore,

    /// <summary>504 from a gateway in front; taken.</summary>
    GatewayErrorAfter,

    /// <summary>The connection is dropped; not taken.</summary>
    DropBefore,

    /// <summary>The connection is dropped; taken.</summary>
    DropAfter,

    /// <summary>200 without a request id; taken.</summary>
    NoRequestId,

    /// <summary>The URLs of the answer lie on another host, where the protocol has URLs in it; taken.</summary>
    ForeignUrls,

    /// <summary>410: the model is retired; not taken.</summary>
    Gone,

    /// <summary>A content checker refuses the prompt at once (fal 422 <c>content_policy_violation</c>, the others 400); not taken.</summary>
    Moderation,
}

/// <summary>How a job ends. The words are fal's; each protocol has its own for them.</summary>
public enum SimulatedOutcome
{
    Success,

    /// <summary>422 <c>content_policy_violation</c>.</summary>
    ContentPolicy,

    /// <summary>422 <c>image_too_small</c>.</summary>
    InvalidInput,

    /// <summary>422 <c>file_download_error</c>.</summary>
    ImageUnreachable,

    /// <summary>500 <c>internal_server_error</c>.</summary>
    InternalError,

    /// <summary>504 <c>generation_timeout</c>.</summary>
    GenerationTimeout,

    /// <summary>503 <c>runner_disconnected</c>, fal's own error; elsewhere the model is not available.</summary>
    RunnerDisconnected,

    /// <summary>A result without a video.</summary>
    NoVideo,

    /// <summary>In progress for ever.</summary>
    NeverFinishes,

    /// <summary>A status that nobody knows, for ever.</summary>
    UnknownStatus,

    /// <summary>Cancelled by somebody else: at fal 499 <c>client_cancelled</c>. Segmind knows nothing like it.</summary>
    Cancelled,

    /// <summary>WaveSpeed: the prediction has the status <c>deleted</c>.</summary>
    Deleted,

    /// <summary>WaveSpeed: completed with a video, which <c>has_nsfw_contents</c> marks as not safe for work.</summary>
    Flagged,
}

/// <summary>Faults of a webhook.</summary>
public enum WebhookFault
{
    None,

    /// <summary>Never sent.</summary>
    Lost,

    /// <summary>Sent twice.</summary>
    Duplicate,

    /// <summary>Sent later.</summary>
    Late,

    /// <summary>Signed with a key that is not the provider's.</summary>
    Forged,

    /// <summary>Without the signature's headers.</summary>
    NotSigned,

    /// <summary>Validly signed, about another request.</summary>
    ForAnotherJob,
}

/// <summary>Faults of the video file.</summary>
public enum MediaFault
{
    None,

    /// <summary>The first half of the file, as if it were all.</summary>
    Truncated,

    /// <summary>A web page with status 200.</summary>
    Html,

    /// <summary>A Content-Length that is longer than what follows.</summary>
    WrongLength,

    /// <summary>404.</summary>
    Missing,

    /// <summary>
    /// 403, as a signed URL answers whose time is over. So many of the URLs that the caller gets as
    /// <see cref="SimulatorFault.MediaFailures"/> says are dead, however often they are read; each read of the result gives a fresh one.
    /// </summary>
    Expired,

    /// <summary>2 GiB by its Content-Length: the video, then zeros for as long as somebody reads.</summary>
    TooLarge,

    /// <summary>The URL names a host that is not the provider's, and that no name server knows; fresh URLs as with <see cref="Expired"/>.</summary>
    ForeignHost,

    /// <summary>302 to the address where clouds keep their machines' credentials.</summary>
    PrivateRedirect,
}
