using OviFunctions.Activities;

namespace OviFunctions.Providers.Health;

/// <summary>The slots of an account that takes only so many jobs at once: first come, first served, over all machines.</summary>
internal static class ProviderSlots
{
    /// <summary>Beyond so many nobody gets a place in the queue, only the advice to ask again.</summary>
    private const int LongestQueue = 500;

    /// <summary>After the job's deadline: for the last look, and for what is still written then.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    /// <summary>Who has not asked for so long keeps his place, and holds nobody up; longer than any wait that is told.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan AskedAtPrecision = TimeSpan.FromSeconds(30);

    /// <summary>Who is to leave the account alone for longer does not wait in the queue: the job may have another lane, or comes back.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private const double ShortestWait = 1;
    private const double LongestWait = 30;

    /// <summary>Gives an attempt a slot, or a place in the queue. Who has a slot has it still when it asks again.</summary>
    public static (ProviderState State, SlotStep Step) Take(ProviderState standing, TakeProviderSlotInput input, DateTimeOffset now)
    {
        var attempt = new AttemptKey(input.JobId, input.Lane);
        if (standing.OutFor is not null) return (Release(standing, attempt), new SlotStep(false, 0, Out(input.Provider)));
        if (standing.Slots.Any(slot => slot.Attempt == attempt)) return (standing, new SlotStep(true, 0));

        if (standing.PausedUntil - now is { } rest && rest > LongestPause)
            return (Release(standing, attempt), new SlotStep(false, 0, Paused(rest.TotalSeconds)));

        var until = new DateTimeOffset(input.Deadline, TimeSpan.Zero) + Margin;
        var slots = standing.Slots.Where(slot => slot.Until > now).ToList();
        var queue = standing.Queue.Where(queued => queued.Until > now).ToList();
        var place = queue.FindIndex(queued => queued.Attempt == attempt);
        var ahead = queue.Take(place < 0 ? queue.Count : place).Count(queued => now - queued.AskedAt < Patience);
        var pause = WaitFor(standing.PausedUntil, now);
        if (pause is null && slots.Count + ahead < input.MaxConcurrent)
        {
            queue.RemoveAll(queued => queued.Attempt == attempt);
            return (standing with { Slots = [.. slots, new(attempt, until)], Queue = queue }, new SlotStep(true, 0));
        }

        var step = new SlotStep(false, Math.Clamp(Math.Max(pause ?? 0, ahead), ShortestWait, LongestWait));
        if (place < 0 && queue.Count < LongestQueue) queue.Add(new(attempt, until, now));
        else if (place >= 0 && now - queue[place].AskedAt >= AskedAtPrecision) queue[place] = queue[place] with { AskedAt = now };
        else return (standing, step);
        return (standing with { Slots = slots, Queue = queue }, step);
    }

    /// <summary>How many seconds a provider wants to be left alone for; null when it does not.</summary>
    public static double? WaitFor(DateTimeOffset? pausedUntil, DateTimeOffset now) =>
        pausedUntil > now ? Math.Clamp((pausedUntil.Value - now).TotalSeconds, ShortestWait, LongestWait) : null;

    /// <summary>The attempt is over, or waits no more.</summary>
    public static ProviderState Release(ProviderState standing, AttemptKey attempt) =>
        standing.Slots.All(slot => slot.Attempt != attempt) && standing.Queue.All(queued => queued.Attempt != attempt)
            ? standing
            : standing with
            {
                Slots = [.. standing.Slots.Where(slot => slot.Attempt != attempt)],
                Queue = [.. standing.Queue.Where(queued => queued.Attempt != attempt)],
            };

    /// <summary>What becomes of an attempt at an account that went out after its job was planned.</summary>
    public static ProviderFailure Out(string provider) =>
        new(FailureClass.ProviderUnavailable, ProviderFailure.NotSent, $"The provider \"{provider}\" is out of the rotation.");

    /// <summary>What becomes of an attempt at an account that asked to be left alone for long.</summary>
    public static ProviderFailure Paused(double seconds) =>
        new(FailureClass.RateLimited, ProviderFailure.NotSent, "The provider has asked for a pause.") { RetryAfterSeconds = seconds };
}
