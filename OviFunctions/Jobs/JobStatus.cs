using System.Text.Json.Serialization;
using OviFunctions.Media;
using OviFunctions.Jobs.Batches;
using OviFunctions.Providers;

namespace OviFunctions.Jobs;

/// <summary>Where a job stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobState>))]
public enum JobState
{
    /// <summary>Taken; the image is fetched and checked. Nothing is charged yet.</summary>
    Queued,

    /// <summary>The payment is being settled, or it is not known yet whether it was.</summary>
    PaymentPending,

    /// <summary>Paid; providers work on it.</summary>
    Running,

    /// <summary>The video can be fetched.</summary>
    Succeeded,

    /// <summary>No video.</summary>
    Failed,

    /// <summary>Stopped on the buyer's request before a video was made.</summary>
    Canceled,
}

/// <summary>What happened with the money of a job.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MoneyState>))]
public enum MoneyState
{
    /// <summary>Nothing was settled, and it will not be.</summary>
    Unused,

    /// <summary>It may have moved; the chain decides.</summary>
    InFlight,

    /// <summary>The chain shows it.</summary>
    Settled,

    /// <summary>Authorized; it is settled when the video is there.</summary>
    OnDelivery,
}

/// <summary>The one result of a job, recorded before it takes effect.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobOutcome>))]
public enum JobOutcome
{
    /// <summary>The buyer gets the video; the money stays.</summary>
    Delivered,

    /// <summary>No video was delivered for money that moved: it has to go back. Of a batch, the money of the videos that were not delivered.</summary>
    RefundDue,

    /// <summary>No video, and no money moved.</summary>
    Unpaid,
}

/// <summary>The custom status of a job's orchestration; at most 8 KB as JSON.</summary>
public sealed record JobStatus
{
    public JobState State { get; init; }

    public MoneyState Money { get; init; } = MoneyState.Unused;

    /// <summary>The settlement's transaction; null until the chain shows it.</summary>
    public string? Transaction { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    public IReadOnlyList<AttemptStatus> Attempts { get; init; } = [];

    public VideoAsset? Video { get; init; }

    public JobError? Error { get; init; }

    public JobOutcome? Outcome { get; init; }

    /// <summary>What became of a batch's videos; null before it has ended, and for one video.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BatchResult? Batch { get; init; }

    [JsonIgnore]
    public bool IsFinal => State is JobState.Succeeded or JobState.Failed or JobState.Canceled;
}

/// <summary>How far one attempt came.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AttemptState>))]
public enum AttemptState
{
    Running,
    Delivered,
    Failed,

    /// <summary>Not needed any more: another attempt delivered, or the buyer cancelled.</summary>
    Stopped,
}

/// <summary>One attempt, without anything that belongs to the provider.</summary>
public sealed record AttemptStatus(
    int Lane,
    string Provider,
    AttemptState State,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt = null,
    [property: JsonConverter(typeof(JsonStringEnumConverter<FailureClass>))] FailureClass? Failure = null);

/// <summary>A finished video of a job.</summary>
/// <param name="File">The file in our storage, as probed.</param>
/// <param name="Seed">The seed that made it, as the provider says.</param>
public sealed record VideoAsset(StoredVideo File, long Seed)
{
    /// <summary>The provider's own video, when <see cref="File"/> was made of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StoredVideo? Original { get; init; }

    /// <summary>A JPEG of the first frame.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImageInfo? Poster { get; init; }

    /// <summary>All of its files in storage.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Blobs => [File.Blob, .. Original is null ? (string[])[] : [Original.Blob], .. Poster is null ? (string[])[] : [Poster.Blob]];
}

/// <summary>Why a job ended without a video.</summary>
/// <param name="Stage">Where: <c>image</c>, <c>payment</c>, <c>provider</c>, <c>internal</c>.</param>
/// <param name="Code">Stable code.</param>
/// <param name="Message">A sentence for the buyer.</param>
public sealed record JobError(string Stage, string Code, string Message)
{
    /// <summary>For <c>payment</c>: the last code that a facilitator gave.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>For <c>image</c>: which of a batch's items it is about, from 0.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Item { get; init; }
}
