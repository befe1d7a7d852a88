namespace OviFunctions.Providers.Health;

/// <summary>What all machines know of a provider account.</summary>
public sealed record ProviderState
{
    public static ProviderState Empty { get; } = new();

    /// <summary>Why no job is sent there until the operator, or a check, brings it back; null while it is in the rotation.</summary>
    public string? OutFor { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset? OutSince { get; init; }

    /// <summary>Until when it asked for no further submits; null when it did not.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>How the last attempts ended, the oldest first.</summary>
    public IReadOnlyList<AttemptSample> Samples { get; init; } = [];
}

/// <summary>How one attempt ended that says something about the provider: its own failure or a delivery, not a buyer's bad input.</summary>
/// <param name="Seconds">From the submit to the end.</param>
public sealed record AttemptSample(DateTimeOffset At, string Model, bool Delivered, double Seconds);
