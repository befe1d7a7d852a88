using System.Text.Json.Serialization;

namespace OviFunctions.Providers.Health;

/// <summary>What all machines know of a provider account.</summary>
public sealed record ProviderState
{
    public static ProviderState Empty { get; } = new();

    /// <summary>Why no job is sent there until the operator, or a check, brings it back; null while it is in the rotation.</summary>
    public string? OutFor { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset? OutSince { get; init; }

    /// <summary>When its key is tried next, to bring it back; null when only the operator does.</summary>
    public DateTimeOffset? NextCheck { get; init; }

    /// <summary>How often in a row it went out or was found to be out still, without a delivery between.</summary>
    public int Checks { get; init; }

    /// <summary>The models that are gone there.</summary>
    public IReadOnlyList<ModelOut> OutModels { get; init; } = [];

    /// <summary>When it, or a model of it, came back last; what failed before does not count any more.</summary>
    public DateTimeOffset? ResumedAt { get; init; }

    /// <summary>Until when it asked for no further submits; null when it did not.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>When an attempt was last let through to see whether it works again.</summary>
    public DateTimeOffset? TrialAt { get; init; }

    /// <summary>How the last attempts ended, the oldest first.</summary>
    public IReadOnlyList<AttemptSample> Samples { get; init; } = [];

    /// <summary>The attempts that have a slot of an account with a limit.</summary>
    public IReadOnlyList<ProviderSlot> Slots { get; init; } = [];

    /// <summary>Those that wait for one, in the order in which they came.</summary>
    public IReadOnlyList<QueuedAttempt> Queue { get; init; } = [];

    /// <summary>Why no job of a model is sent there; null when some are.</summary>
    public string? WhyOut(string model) => OutFor ?? OutModels.FirstOrDefault(gone => gone.Model == model)?.Reason;
}

/// <summary>A model that an account does not have any more.</summary>
/// <param name="Settings">The account's settings at that time, as a fingerprint: when they have changed, it is tried again.</param>
public sealed record ModelOut(string Model, string Reason, DateTimeOffset Since, string Settings);

/// <summary>How one attempt ended that says something about the provider: its own failure or a delivery, not a buyer's bad input.</summary>
/// <param name="Seconds">From the submit to the end.</param>
public sealed record AttemptSample(DateTimeOffset At, string Model, bool Delivered, double Seconds)
{
    /// <summary>Which attempt it was, so that it counts once.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AttemptKey? Attempt { get; init; }
}

/// <summary>An attempt: a job's lane.</summary>
public sealed record AttemptKey(string JobId, int Lane);

/// <summary>A slot that an attempt has.</summary>
/// <param name="Until">When it is free again, should nobody have said so: the attempt is over by then.</param>
public sealed record ProviderSlot(AttemptKey Attempt, DateTimeOffset Until);

/// <summary>An attempt that waits for a slot.</summary>
/// <param name="Until">When it is over.</param>
/// <param name="AskedAt">When it asked last: who does not ask any more keeps nobody waiting.</param>
public sealed record QueuedAttempt(AttemptKey Attempt, DateTimeOffset Until, DateTimeOffset AskedAt);
