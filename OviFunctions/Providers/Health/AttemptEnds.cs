using OviFunctions.Activities;
using OviFunctions.Jobs;

namespace OviFunctions.Providers.Health;

/// <summary>What the end of an attempt changes in an account's state.</summary>
internal static class AttemptEnds
{
    /// <summary>A provider that says "too many requests" and not for how long.</summary>
    private const double DefaultPauseSeconds = 10;

    private const double LongestPauseSeconds = 3600;

    /// <summary>Releases the slot, counts the attempt once, and pauses the account or takes it out when it says so.</summary>
    /// <param name="standing">The state as it stands.</param>
    /// <param name="input">How the attempt ended.</param>
    /// <param name="settings">The account's settings, as a fingerprint.</param>
    /// <param name="now">The time.</param>
    /// <returns>The state, and whether this attempt took the account, or the model, out.</returns>
    public static (ProviderState State, bool WentOut) Record(ProviderState standing, EndAttemptInput input, string settings, DateTimeOffset now)
    {
        var attempt = new AttemptKey(input.JobId, input.Lane);
        var state = ProviderSlots.Release(standing, attempt);
        // A pause that kept the submit from being sent is known: told of again each time, it would never end.
        if (input.Failure is { Class: FailureClass.RateLimited, Code: not ProviderFailure.NotSent } limited)
        {
            var until = now.AddSeconds(Math.Clamp(limited.RetryAfterSeconds ?? DefaultPauseSeconds, 0, LongestPauseSeconds));
            return (until > (state.PausedUntil ?? now) ? state with { PausedUntil = until } : state, false);
        }

        // One that is known was counted by a run before: since then the operator may have brought the account back.
        if (!SaysSomething(input) || standing.Samples.Any(sample => sample.Attempt == attempt)) return (state, false);
        var delivered = input.State == AttemptState.Delivered;
        var sample = new AttemptSample(now, input.Model, delivered, Math.Round(input.Seconds, 1)) { Attempt = attempt };
        state = state with { Samples = [.. Kept(state.Samples, input.Model, now), sample], Checks = delivered ? 0 : state.Checks };
        return input.Failure is { IsOurs: true } failure ? Rotation.TakeOut(state, failure, input.Model, settings, now) : (state, false);
    }

    /// <summary>Whether it says something about the provider, and not only about the job.</summary>
    private static bool SaysSomething(EndAttemptInput input) => input.State switch
    {
        AttemptState.Delivered => true,
        AttemptState.Failed => input.Failure is { IsOurs: true } || input.Failure is
        {
            Code: not ProviderFailure.NotSent,
            Class: not (FailureClass.InvalidInput or FailureClass.ContentPolicy or FailureClass.InputUnreachable or FailureClass.Cancelled),
        },
        _ => false,
    };

    /// <summary>So many of each model that there is room for one more, and none that says nothing any more.</summary>
    private static IEnumerable<AttemptSample> Kept(IReadOnlyList<AttemptSample> samples, string model, DateTimeOffset now)
    {
        var current = samples.Where(sample => now - sample.At < ProviderHealth.LatencyWindow).ToArray();
        var surplus = current.Count(sample => sample.Model == model) - (ProviderHealth.MaxAttempts - 1);
        return current.Where(sample => sample.Model != model || --surplus < 0);
    }
}
