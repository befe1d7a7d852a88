using System.Text.Json.Serialization;

namespace OviFunctions.Providers.Health;

/// <summary>Whether jobs should be sent to an account first.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CircuitState>))]
public enum CircuitState
{
    /// <summary>It works, as far as is known.</summary>
    Closed,

    /// <summary>It failed a while ago: one attempt may try it, see <see cref="ProviderStates.TakeTrialAsync"/>.</summary>
    HalfOpen,

    /// <summary>It fails, or an attempt is trying it just now.</summary>
    Open,
}

/// <summary>What the last attempts of a model say of an account.</summary>
/// <param name="Attempts">How many of the last hour count, at most <see cref="MaxAttempts"/>.</param>
/// <param name="SuccessRate">The share of them that delivered, 0 to 1; null without any.</param>
/// <param name="P50Seconds">What half of the deliveries of the last day took at most; null when there are too few to say.</param>
/// <param name="P95Seconds">What 95 of 100 took at most.</param>
/// <param name="Circuit">Whether it should be left alone.</param>
public sealed record ProviderHealth(int Attempts, double? SuccessRate, double? P50Seconds, double? P95Seconds, CircuitState Circuit)
{
    /// <summary>So many of the last attempts of a model count.</summary>
    public const int MaxAttempts = 50;

    /// <summary>From how many failures on the circuit opens, when they are at least half of the attempts.</summary>
    public const int FailuresToOpen = 5;

    /// <summary>How long a sample says something about failures.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>How long it says something about the time that a video takes; an account with few jobs would have no figure otherwise.</summary>
    public static readonly TimeSpan LatencyWindow = TimeSpan.FromDays(1);

    /// <summary>How long an open circuit stays so after the last failure.</summary>
    public static readonly TimeSpan OpenFor = TimeSpan.FromMinutes(1);

    /// <summary>How long a trial is waited for that does not say how it ended.</summary>
    public static readonly TimeSpan TrialFor = TimeSpan.FromMinutes(5);

    /// <summary>An account's health for a model.</summary>
    public static ProviderHealth Of(ProviderState state, string model, DateTimeOffset now)
    {
        var samples = state.Samples.Where(sample => sample.Model == model && now - sample.At < LatencyWindow).TakeLast(MaxAttempts).ToArray();
        var recent = samples.Where(sample => now - sample.At < Window && !(sample.At <= state.ResumedAt)).ToArray();
        var delivered = recent.Count(sample => sample.Delivered);
        var times = DeliveryTimes.Of(samples);
        return new ProviderHealth(
            recent.Length, recent.Length == 0 ? null : (double)delivered / recent.Length,
            times?.P50, times?.P95, CircuitOf(recent, recent.Length - delivered, state.TrialAt, now));
    }

    private static CircuitState CircuitOf(AttemptSample[] recent, int failures, DateTimeOffset? trial, DateTimeOffset now)
    {
        // A delivery closes it, whatever was before.
        if (failures < FailuresToOpen || failures * 2 < recent.Length || recent[^1].Delivered) return CircuitState.Closed;
        if (now - recent[^1].At < OpenFor) return CircuitState.Open;
        return trial > recent[^1].At && now - trial < TrialFor ? CircuitState.Open : CircuitState.HalfOpen;
    }
}
