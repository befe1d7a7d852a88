namespace OviFunctions.Providers.Health;

/// <summary>How an account leaves the rotation and comes back.</summary>
internal static class Rotation
{
    private static readonly TimeSpan FirstCheck = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan RarestCheck = TimeSpan.FromHours(1);

    /// <summary>For a failure that every job would meet.</summary>
    /// <returns>The state, and whether this changed it: what is out already stays out for the first reason.</returns>
    public static (ProviderState State, bool WentOut) TakeOut(
        ProviderState state, ProviderFailure failure, string model, string settings, DateTimeOffset now)
    {
        if (state.WhyOut(model) is not null) return (state, false);
        var reason = failure.Code is { } code ? $"{failure.Message} ({code})" : failure.Message;
        return failure.IsModelGone
            ? (state with { OutModels = [.. state.OutModels, new(model, reason, now, settings)] }, true)
            : (state with { OutFor = reason, OutSince = now, NextCheck = now + Pause(state.Checks), Checks = state.Checks + 1 }, true);
    }

    /// <summary>By the operator, who alone brings it back.</summary>
    public static ProviderState Pause(ProviderState state, string reason, DateTimeOffset now) => state with
    {
        OutFor = reason, OutSince = state.OutSince ?? now, NextCheck = null,
    };

    /// <summary>By the operator: the account with all its models.</summary>
    public static ProviderState Resume(ProviderState state, DateTimeOffset now) => state with
    {
        OutFor = null, OutSince = null, NextCheck = null, Checks = 0, OutModels = [], PausedUntil = null, ResumedAt = now,
    };

    /// <summary>By a check of its key. What it was out for may come again, so the next check after that waits longer.</summary>
    public static ProviderState ComeBack(ProviderState state, DateTimeOffset now) =>
        state with { OutFor = null, OutSince = null, NextCheck = null, ResumedAt = now };

    /// <summary>A check has found that it is out still.</summary>
    public static ProviderState StayOut(ProviderState state, DateTimeOffset now) =>
        state with { NextCheck = now + Pause(state.Checks), Checks = state.Checks + 1 };

    /// <summary>Models that are gone by settings that are not in force any more are tried again.</summary>
    public static ProviderState Reconfigured(ProviderState state, string settings, DateTimeOffset now) =>
        state.OutModels.All(gone => gone.Settings == settings)
            ? state
            : state with { OutModels = [.. state.OutModels.Where(gone => gone.Settings == settings)], ResumedAt = now };

    private static TimeSpan Pause(int checks) => FirstCheck * Math.Pow(2, Math.Min(checks, 10)) is var pause && pause < RarestCheck ? pause : RarestCheck;
}
